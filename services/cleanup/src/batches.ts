import { cleanupReported, type TaskName, taskWithinJob } from "@vigia/messages";
import type { Step, TaskContext } from "@vigia/runtime";

/** How many rows one step changes: a transaction short enough that nobody waits for it. */
export const BATCH = 1_000;

export type Counts = Readonly<Record<string, number>>;

/** The counts of a run, those of its attempts that were cut short included. */
export function countsOf(context: TaskContext): Counts {
  return (context.resumeFrom as Counts | undefined) ?? {};
}

/**
 * Repeats a step until there is less than a batch left to do, and adds what was done to `counts` under `name`. The
 * counts are the run's checkpoint.
 */
export async function inBatches(
  context: TaskContext,
  counts: Counts,
  name: string,
  effect: (step: Step) => Promise<number>,
): Promise<Counts> {
  let done: number;
  let sum = counts[name] ?? 0;
  do {
    done = await context.step(async (step) => {
      const count = await effect(step);
      await step.checkpoint({ ...counts, [name]: sum + count });
      return count;
    });
    sum += done;
    context.processed(done);
  } while (done === BATCH);
  return { ...counts, [name]: sum };
}

/** Tells what the run came to, once however often its end is tried. */
export async function report(task: TaskName, context: TaskContext, counts: Counts): Promise<Counts> {
  const data = { task: taskWithinJob(task), executionId: context.executionId, counts, at: new Date().toISOString() };
  await context.step((step) => step.emit(cleanupReported(data, `${context.messageId}:report`)));
  return counts;
}
