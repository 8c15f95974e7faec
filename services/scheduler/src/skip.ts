import type { Transaction } from "@vigia/database";
import { jobOf, runChanged, type TaskName, taskWithinJob, tickId } from "@vigia/messages";
import type { ServiceEnvironment } from "@vigia/runtime";
import type { Missed } from "./due.ts";

export type SkipEnvironment = Pick<ServiceEnvironment<object>, "tracker" | "log"> & { readonly now: () => Date };

/** Puts a skipped instant on record, with its reason: as an execution and as an event. */
export async function recordSkip(
  { tracker, log, now }: SkipEnvironment,
  tx: Transaction,
  task: TaskName,
  scheduledAt: Date,
  reason: string,
): Promise<void> {
  const executionId = tickId(task, scheduledAt);
  await tracker.skipJob(task, executionId, reason, { messageId: executionId, trigger: "schedule", within: tx });
  await tx.emit(
    runChanged({
      status: "skipped",
      job: jobOf(task),
      task: taskWithinJob(task),
      executionId,
      at: now().toISOString(),
      attempt: 1,
      instance: tracker.owner,
      reason,
    }),
  );
  log.warn({ task, scheduledAt, reason }, "tick skipped");
}

/** Puts many instants on record as one, which names how many they are and from when to when. */
export async function recordMissed(
  environment: SkipEnvironment,
  tx: Transaction,
  task: TaskName,
  missed: Missed,
): Promise<void> {
  await recordSkip(environment, tx, task, missed.to, inWords(missed));
}

export function inWords({ count, from, to, reason }: Missed): string {
  if (count === 1) return `the instant ${from.toISOString()} was skipped: ${reason}`;
  const many = count >= 999 ? `${count} or more` : String(count);
  return `${many} instants from ${from.toISOString()} to ${to.toISOString()} were skipped: ${reason}`;
}
