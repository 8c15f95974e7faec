import type { Queryable } from "@vigia/database";
import { isTaskName, jobOf, taskWithinJob } from "@vigia/messages";
import type { Run as RecordedRun } from "@vigia/reporting/queries";

/** A try of the work that one message asked for. */
export interface Attempt extends RecordedRun {
  readonly fence: string | null;
  readonly messageId: string | null;
}

/** Where a run that did not come to its end goes on. */
export interface Checkpoint {
  readonly value: unknown;
  readonly updatedAt: Date;
}

export interface ToldEvent {
  readonly at: Date;
  readonly subject: string;
  readonly source: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface RunDetails {
  readonly task: string;
  /** Every try of its message, in their order. */
  readonly attempts: readonly Attempt[];
  readonly checkpoint: Checkpoint | null;
  /** The message as a dead letter, where it became one. */
  readonly deadLetter: { readonly sequence: number; readonly reason: string; readonly resolvedAt: Date | null } | null;
  /** Who wanted it ended, and why. */
  readonly cancellation: { readonly commandId: string; readonly operator: string | null; readonly at: Date } | null;
  /** What was told of its tries and of the command that asked for it, the oldest first. */
  readonly events: readonly ToldEvent[];
}

/** Ids that are shown, and taken, by their first characters. */
export const SHORT_ID_CHARS = 8;
const MOST_EVENTS = 200;
const MOST_ALIKE = 5;

const ATTEMPT_COLUMNS = `id, execution_id AS "executionId", job AS task, service, status, started_at AS "startedAt",
  ended_at AS "endedAt", duration_ms AS "durationMs", items_processed AS "itemsProcessed", attempt, instance, trigger,
  result, error, fence::text AS fence, message_id AS "messageId"`;

/** Ids of runs that begin so, a few at most. Rests on the index `executions_execution_id_attempt_key`. */
export async function findRunIds(sql: Queryable, beginning: string): Promise<string[]> {
  const { rows } = await sql.query<{ executionId: string }>(
    `SELECT DISTINCT execution_id AS "executionId" FROM vigia.executions
      WHERE execution_id >= $1 AND starts_with(execution_id, $1) ORDER BY 1 LIMIT $2`,
    [beginning, MOST_ALIKE],
  );
  return rows.map(({ executionId }) => executionId);
}

/** Everything on record of a run. Throws where there is none of that id: ask `findRunIds` first. */
export async function findRunDetails(sql: Queryable, executionId: string): Promise<RunDetails> {
  const attempts = await findAttempts(sql, executionId);
  const [first] = attempts;
  if (!first) throw new Error(`no run ${executionId} is on record`);
  const { task, messageId } = first;
  // A replay of a dead letter counts its tries apart, under the message's id and the replay's.
  const messages = messageId === null ? [] : [messageId, messageId.replace(/#[^#]*$/, "")];
  return {
    task,
    attempts,
    checkpoint: await findCheckpoint(sql, task, messages),
    deadLetter: await findDeadLetter(sql, messages),
    cancellation: await findCancellation(sql, messageId),
    events: await findEvents(sql, attempts, messages),
  };
}

/** Rests on the indexes `executions_execution_id_attempt_key` and `executions_by_message`. */
async function findAttempts(sql: Queryable, executionId: string): Promise<Attempt[]> {
  const { rows } = await sql.query<Attempt>(
    `SELECT ${ATTEMPT_COLUMNS} FROM vigia.executions
      WHERE execution_id = $1
         OR message_id IN (SELECT message_id FROM vigia.executions WHERE execution_id = $1)
      ORDER BY executions.id`,
    [executionId],
  );
  return rows;
}

async function findCheckpoint(sql: Queryable, task: string, messages: readonly string[]): Promise<Checkpoint | null> {
  const { rows } = await sql.query<Checkpoint>(
    `SELECT value, updated_at AS "updatedAt" FROM vigia.checkpoints WHERE task = $1 AND message_id = ANY($2::text[])`,
    [task, messages],
  );
  return rows[0] ?? null;
}

async function findDeadLetter(sql: Queryable, messages: readonly string[]): Promise<RunDetails["deadLetter"]> {
  const { rows } = await sql.query<NonNullable<RunDetails["deadLetter"]>>(
    `SELECT sequence, reason, resolved_at AS "resolvedAt" FROM vigia.dead_letters
      WHERE message_id = ANY($1::text[]) ORDER BY at DESC LIMIT 1`,
    [messages],
  );
  return rows[0] ?? null;
}

/** Its reason is that of the run's end. Rests on the indexes `cancellations_pkey` and `operator_actions_command_id_key`. */
async function findCancellation(sql: Queryable, messageId: string | null): Promise<RunDetails["cancellation"]> {
  const { rows } = await sql.query<NonNullable<RunDetails["cancellation"]>>(
    `SELECT cancellations.command_id AS "commandId", operator, cancellations.at
       FROM vigia.cancellations LEFT JOIN vigia.operator_actions USING (command_id) WHERE message_id = $1`,
    [messageId],
  );
  return rows[0] ?? null;
}

/** Rests on the index `event_feed_subject`. The feed keeps them for `EVENT_FEED_RETENTION_DAYS`. */
async function findEvents(
  sql: Queryable,
  attempts: readonly Attempt[],
  messages: readonly string[],
): Promise<readonly ToldEvent[]> {
  const { task = "" } = attempts[0] ?? {};
  const subjects = isTaskName(task)
    ? ["started", "completed", "failed", "skipped", "recovered", "cancelled"].map(
        (status) => `vigia.event.run.${status}.${jobOf(task)}.${taskWithinJob(task)}`,
      )
    : [];
  const { rows } = await sql.query<ToldEvent>(
    `SELECT at, subject, source, payload FROM vigia.event_feed
      WHERE (subject = ANY($1::text[]) AND payload->>'executionId' = ANY($2::text[]))
         OR (subject LIKE 'vigia.event.command.%' AND payload->>'commandId' = ANY($3::text[]))
      ORDER BY position LIMIT $4`,
    [subjects, attempts.map(({ executionId }) => executionId), messages, MOST_EVENTS],
  );
  return rows;
}
