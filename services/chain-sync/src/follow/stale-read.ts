import type { Logger } from "@vigia/runtime";

/** What was read does not fit what is on record any more, because the chain or another task moved. */
export class StaleReadError extends Error {
  override readonly name = "StaleReadError";
}

/** Forks and moves of the cursor that one piece of work takes in its stride; the next run goes on from there. */
const MAX_LOOKS = 10;

/** Does the work again, from its reading on, as long as what it read grows stale under it. */
export async function lookAgainWhereStale<T>(log: Logger, work: () => Promise<T>): Promise<T> {
  for (let look = 1; ; look++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StaleReadError) || look === MAX_LOOKS) throw error;
      log.info({ reason: error.message }, "looking at the chain again");
    }
  }
}
