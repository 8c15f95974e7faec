import { lockMessage, type Transaction } from "@vigia/database";
import { jobOf, runChanged, type TaskName, taskWithinJob, tickId } from "@vigia/messages";
import type { ServiceEnvironment } from "@vigia/runtime";
import type { Missed } from "./due.ts";

export type SkipEnvironment = Pick<ServiceEnvironment<object>, "tracker" | "log">;

/**
 * Puts an instant on record that the stream refused, unless it has its run: another replica may have published it
 * later, when the tick before it had left. From then on it is skipped for good, and a tick that still comes is not run.
 */
export async function skipRefused(
  environment: SkipEnvironment,
  tx: Transaction,
  task: TaskName,
  at: Date,
): Promise<void> {
  const id = tickId(task, at);
  await lockMessage(tx, id);
  const { rowCount } = await tx.query(`SELECT 1 FROM vigia.executions WHERE message_id = $1 LIMIT 1`, [id]);
  if (rowCount === 0) await recordSkip(environment, tx, task, at, "the tick before it still waits or runs");
}

/** Puts a skipped instant on record, with its reason: as an execution and as an event. */
async function recordSkip(
  { tracker, log }: SkipEnvironment,
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
      at: new Date().toISOString(),
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
