import type { TaskName } from "@vigia/messages";
import type { TaskContext } from "@vigia/runtime";
import type { Ages } from "./ages.ts";
import { BATCH, type Counts, countsOf, inBatches, report } from "./batches.ts";

/** Deletes what is older than its age, kind by kind in batches, and reports how much it was. */
export async function purge(task: TaskName, context: TaskContext, ages: Ages): Promise<Counts> {
  const at = context.tick.scheduledAt;
  let counts = countsOf(context);
  for (const [what, days] of ages) {
    counts = await inBatches(context, counts, what, (tx) => tx.retention.purge(what, { at, days }, BATCH));
  }
  return report(task, context, counts);
}
