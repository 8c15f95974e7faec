import { checkReported, taskWithinJob } from "@vigia/messages";
import type { TaskContext } from "@vigia/runtime";
import type { CheckFacts } from "./check.ts";
import type { Evaluation } from "./evaluate.ts";
import { changeEvent, meaningsOf } from "./issue-event.ts";
import { decide, type IssueChange } from "./issues.ts";

/** How many issues one step writes. */
const BATCH = 500;

export type CheckTask = "consistency.check" | "consistency.deep-check";
export type Tally = Readonly<Record<IssueChange, number>>;

/**
 * Brings the issues to what was found, and tells of each that changed, in steps. A run that is cut short decides again
 * from what is written by then, so nothing is told twice; its checkpoint is the tally so far, `before` included.
 */
export async function reconcile(
  context: TaskContext<CheckTask>,
  evaluation: Evaluation,
  checks: readonly CheckFacts[],
  before: Tally = tallyOf(context),
): Promise<Tally> {
  const { findings, at } = evaluation;
  const known = await context.step((tx) => tx.issues.known(findings.map(({ fingerprint }) => fingerprint)));
  const { changed, unchanged } = decide(evaluation, known, checks);
  const meanings = meaningsOf(checks);
  let tally = before;

  for (const batch of batchesOf(changed)) {
    tally = await context.step(async (tx) => {
      await tx.issues.save(batch);
      await tx.emit(batch.map((change) => changeEvent(change, meanings)));
      const next = { ...tally };
      for (const { change } of batch) next[change] += 1;
      await tx.checkpoint(next);
      return next;
    });
  }
  for (const batch of batchesOf(unchanged)) await context.step((tx) => tx.issues.seen(batch, at));
  return tally;
}

/** What a run's attempts that were cut short came to. */
export function tallyOf({ resumeFrom }: Pick<TaskContext, "resumeFrom">): Tally {
  return (resumeFrom as Tally | undefined) ?? { opened: 0, updated: 0, reopened: 0, resolved: 0 };
}

/** Tells that the run has ended, and what is open by now. */
export function report(
  task: CheckTask,
  context: TaskContext<CheckTask>,
  evaluation: Pick<Evaluation, "at" | "complete" | "failed">,
  { opened, resolved }: Tally,
): Promise<number> {
  return context.step(async (tx) => {
    const counts = await tx.issues.countOpen();
    const bySeverity: Record<string, number> = {};
    for (const { severity, open } of counts) bySeverity[severity] = (bySeverity[severity] ?? 0) + open;
    const open = counts.reduce((sum, count) => sum + count.open, 0);
    const data = {
      task: taskWithinJob(task) as "check" | "deep-check",
      executionId: context.executionId,
      at: evaluation.at.toISOString(),
      checks: evaluation.complete.size + evaluation.failed.length,
      opened,
      resolved,
      open,
      byCheck: Object.fromEntries(counts.map((count) => [count.check, count.open])),
      bySeverity,
      failedChecks: [...evaluation.failed],
    };
    await tx.emit(checkReported(data, `${context.messageId}:report`));
    return open;
  });
}

function batchesOf<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
}
