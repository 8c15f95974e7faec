import type { TaskName } from "@vigia/messages";
import type { TaskContext } from "@vigia/runtime";
import type { Ages } from "./ages.ts";
import { BATCH, type Counts, inBatches, progressOf, report } from "./batches.ts";

/** Deletes what is older than its age, kind by kind in batches, and reports how much it was. */
export async function purge(task: TaskName, context: TaskContext, ages: Ages): Promise<Counts> {
  const at = context.tick.scheduledAt;
  let progress = progressOf(context);
  for (const [what, days] of ages) {
    progress = await inBatches(context, progress, what, async (tx, from) => {
      const { rows: done, last } = await tx.retention.purge(what, { at, days }, BATCH, from);
      return { done, last };
    });
  }
  return report(task, context, progress);
}
