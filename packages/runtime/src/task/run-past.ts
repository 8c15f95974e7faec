import type { Queryable } from "@vigia/database";
import type { TaskName } from "@vigia/messages";
import type { Cancellation } from "./cancellation.ts";

/** What went before a run, of its message and of its task. */
export interface RunPast {
  /** A run for this message has completed, or it is on record that it has none. */
  readonly isDone: boolean;
  /** How many runs for this message, or for this replay of it, have failed. */
  readonly failures: number;
  /** An earlier holder of the lock left a run of this task without its end. */
  readonly isUnended: boolean;
  /** The last checkpoint of an interrupted run for this message. */
  readonly resumeFrom: unknown;
  /** An earlier attempt was to end, and died before it did. */
  readonly cancellation: Cancellation | undefined;
}

export interface RunToBe {
  readonly service: string;
  readonly task: TaskName;
  readonly messageId: string;
  readonly replay?: string | undefined;
  readonly fence: bigint;
}

/** By executions_by_message and executions_running; the rest by primary keys. */
const PAST = `
SELECT EXISTS (SELECT FROM vigia.handled_messages WHERE consumer = $1 AND message_id = $2)
    OR EXISTS (SELECT FROM vigia.executions WHERE message_id = $2 AND status = 'skipped') AS "isDone",
  (SELECT count(*) FROM vigia.executions WHERE message_id = $3 AND status = 'failed') AS failures,
  EXISTS (
    SELECT FROM vigia.executions WHERE service = $4 AND status = 'running' AND job = $1 AND fence < $5
  ) AS "isUnended",
  (SELECT value FROM vigia.checkpoints WHERE task = $1 AND message_id = $2) AS "resumeFrom",
  (SELECT jsonb_build_object('commandId', command_id, 'reason', reason)
     FROM vigia.cancellations WHERE message_id = $3) AS cancellation`;

/**
 * One statement, for each costs a round trip before the task begins. To be asked under the task's lock: before that, the
 * holder may end the message's run between the question and the taking of its lock.
 */
export async function readPast(sql: Queryable, run: RunToBe): Promise<RunPast> {
  const { service, task, messageId, fence } = run;
  const values = [task, messageId, countedAs(run), service, fence.toString()];
  const [past] = (await sql.query<RunPast>(PAST, values)).rows;
  if (!past) throw new Error("a question without FROM has one row");
  return { ...past, resumeFrom: past.resumeFrom ?? undefined, cancellation: past.cancellation ?? undefined };
}

/** What a run's attempts have in common: its message, or one replay of it. */
export function countedAs({ messageId, replay }: Pick<RunToBe, "messageId" | "replay">): string {
  return replay === undefined ? messageId : `${messageId}#${replay}`;
}
