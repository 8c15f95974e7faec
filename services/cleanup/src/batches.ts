import { noteCleanup } from "@vigia/database";
import { cleanupReported, type TaskName, taskWithinJob } from "@vigia/messages";
import type { Step, TaskContext } from "@vigia/runtime";

/** How many rows one step changes: a transaction short enough that nobody waits for it. */
export const BATCH = 1_000;

export type Counts = Readonly<Record<string, number>>;

/** How far a run has come: its checkpoint. */
export interface Progress {
  /** What was done by name, by the run's attempts that were cut short too. */
  readonly counts: Counts;
  /** Where the last batch ended, and of what. */
  readonly reached?: { readonly name: string; readonly last: string };
}

export interface Batch {
  readonly done: number;
  /** Where the next batch begins; `null` where there is none. */
  readonly last: string | null;
}

export function progressOf(context: TaskContext): Progress {
  return { counts: {}, ...(context.resumeFrom as Progress | undefined) };
}

/**
 * Repeats a step until there is less than a batch left to do, each from where the one before it ended, and adds what
 * was done to the counts under `name`.
 */
export async function inBatches(
  context: TaskContext,
  before: Progress,
  name: string,
  effect: (step: Step, from: string | undefined) => Promise<Batch>,
): Promise<Progress> {
  let progress = before;
  let done: number;
  do {
    const { counts, reached } = progress;
    const from = reached?.name === name ? reached.last : undefined;
    [progress, done] = await context.step(async (step) => {
      const batch = await effect(step, from);
      const next: Progress = {
        counts: { ...counts, [name]: (counts[name] ?? 0) + batch.done },
        ...(batch.last === null ? {} : { reached: { name, last: batch.last } }),
      };
      await step.checkpoint(next);
      return [next, batch.done] as const;
    });
    context.processed(done);
  } while (done === BATCH);
  return progress;
}

/** Tells what the run came to, and puts it on record, once however often its end is tried. */
export async function report(task: TaskName, context: TaskContext, { counts }: Progress): Promise<Counts> {
  const { executionId, messageId } = context;
  const data = { task: taskWithinJob(task), executionId, counts, at: new Date().toISOString() };
  await context.step(async (step) => {
    await noteCleanup(step, { messageId, task, executionId, counts });
    await step.emit(cleanupReported(data, `${messageId}:report`));
  });
  return counts;
}
