import { PermanentError, type TaskContext } from "@vigia/runtime";
import type { Followed } from "./followed.ts";

type Context = Pick<TaskContext, "signal" | "log">;

/**
 * Does the work for one contract after the other, also where it fails for one of them. Throws what failed in the end:
 * what may succeed at the next try before what never will.
 */
export async function forEachContract<T>(
  { signal, log }: Context,
  all: readonly Followed[],
  work: (followed: Followed) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  const failures: unknown[] = [];
  for (const followed of all) {
    try {
      results.push(await work(followed));
    } catch (error) {
      // Whoever lost the right to write, or shuts down, does nothing more.
      if (signal.aborted || all.length === 1) throw error;
      const { chainId, contract } = followed;
      log.error({ err: error, chainId, contract }, "a contract could not be followed; the others are");
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures.find((error) => !(error instanceof PermanentError)) ?? failures[0];
  return results;
}
