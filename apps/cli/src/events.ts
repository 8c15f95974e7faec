import type { Bus } from "@vigia/runtime";
import { CliError, EXIT } from "./exit.ts";
import { reasonOf } from "./thrown.ts";

/** The place behind which news begin. Throws `CliError` where there is no event stream yet. */
export async function endOfEvents(bus: Bus): Promise<number> {
  const { lastEventSequence } = await import("@vigia/runtime");
  return lastEventSequence(bus).catch((error: unknown) => {
    throw new CliError(
      EXIT.away,
      `NATS has no event stream to follow (${reasonOf(error)}). The first service that starts makes it: is one running?`,
      { cause: error },
    );
  });
}
