import type { Queryable } from "@vigia/database";
import type { DeadLetter, FeedEvent, Run, RunCancellation, RunHistory, RunIssue } from "../answers.ts";
import { DEAD_LETTER_COLUMNS } from "./dead-letters.ts";
import { EVENT_COLUMNS } from "./events.ts";
import { RUN_COLUMNS } from "./runs.ts";

const MOST_EVENTS = 100;
const MOST_ISSUES = 100;
/** An event's time is that of the change that it tells of, by another clock than the run's perhaps. */
const EVENTS_AROUND = "1 minute";
const CHECKS = "consistency.";

/** Undefined: nothing ran under this id. Rests on the index `executions_execution_id_attempt_key`. */
export async function findRun(sql: Queryable, executionId: string): Promise<RunHistory | undefined> {
  const { rows } = await sql.query<{ readonly messageId: string | null }>(
    `SELECT message_id AS "messageId" FROM vigia.executions WHERE execution_id = $1 LIMIT 1`,
    [executionId],
  );
  if (!rows[0]) return undefined;
  const { messageId } = rows[0];
  const attempts = await listAttempts(sql, executionId, messageId);
  const own = attempts.filter((run) => run.executionId === executionId);
  const [first, last] = [own[0] as Run, own.at(-1) as Run];
  return {
    executionId,
    messageId,
    attempts,
    progress: await findProgress(sql, first.task, baseOf(messageId)),
    events: await listEventsOf(sql, executionId, first.startedAt, last.endedAt),
    issues: first.task.startsWith(CHECKS) ? await listIssuesOf(sql, first.startedAt, last.endedAt) : [],
    deadLetters: await listDeadLettersOf(sql, baseOf(messageId)),
    cancellation: await findCancellation(sql, messageId),
  };
}

/** A replay of a dead letter counts its tries anew, by the message's id and the letter's. */
function baseOf(messageId: string | null): string | null {
  return messageId?.split("#")[0] ?? null;
}

/** Rests on the indexes `executions_execution_id_attempt_key` and `executions_by_message`. */
async function listAttempts(sql: Queryable, executionId: string, messageId: string | null): Promise<readonly Run[]> {
  const { rows } = await sql.query<Run>(
    `SELECT ${RUN_COLUMNS} FROM vigia.executions
      WHERE execution_id = $1 OR message_id = ANY($2::text[])
      ORDER BY id`,
    [executionId, [messageId, baseOf(messageId)].filter((id) => id !== null)],
  );
  return rows;
}

/** Rests on the index `checkpoints_pkey`. */
async function findProgress(sql: Queryable, task: string, messageId: string | null): Promise<RunHistory["progress"]> {
  const { rows } = await sql.query<{ readonly value: unknown; readonly at: Date }>(
    "SELECT value, updated_at AS at FROM vigia.checkpoints WHERE task = $1 AND message_id = $2",
    [task, messageId],
  );
  return rows[0] ?? null;
}

/** Rests on the index `event_feed_at`: looks at what was told while it ran. */
async function listEventsOf(
  sql: Queryable,
  executionId: string,
  from: Date,
  to: Date | null,
): Promise<readonly FeedEvent[]> {
  const { rows } = await sql.query<FeedEvent>(
    `SELECT ${EVENT_COLUMNS} FROM vigia.event_feed
      WHERE at BETWEEN $2::timestamptz - interval '${EVENTS_AROUND}'
                   AND coalesce($3::timestamptz, now()) + interval '${EVENTS_AROUND}'
        AND payload->>'executionId' = $1
      ORDER BY position
      LIMIT ${MOST_EVENTS}`,
    [executionId, from, to],
  );
  return rows;
}

/** The checks run one at a time, so what became of issues meanwhile, and not by a command, is theirs. Index: `issue_history_age`. */
async function listIssuesOf(sql: Queryable, from: Date, to: Date | null): Promise<readonly RunIssue[]> {
  const { rows } = await sql.query<RunIssue>(
    `SELECT fingerprint, check_code AS "check", change
       FROM vigia.issue_history JOIN vigia.issues USING (fingerprint)
      WHERE at BETWEEN $1 AND coalesce($2, now()) AND command_id IS NULL
      ORDER BY issue_history.id
      LIMIT ${MOST_ISSUES}`,
    [from, to],
  );
  return rows;
}

/** There are few: no index. */
async function listDeadLettersOf(sql: Queryable, messageId: string | null): Promise<readonly DeadLetter[]> {
  const { rows } = await sql.query<DeadLetter>(
    `SELECT ${DEAD_LETTER_COLUMNS} FROM vigia.dead_letters WHERE message_id = $1 ORDER BY at`,
    [messageId],
  );
  return rows;
}

/** Rests on the indexes `cancellations_pkey` and `operator_actions_command_id_key`. */
async function findCancellation(sql: Queryable, messageId: string | null): Promise<RunCancellation | null> {
  const { rows } = await sql.query<RunCancellation>(
    `SELECT cancellations.command_id AS "commandId", operator, cancellations.reason, cancellations.at
       FROM vigia.cancellations LEFT JOIN vigia.operator_actions USING (command_id)
      WHERE message_id = $1`,
    [messageId],
  );
  return rows[0] ?? null;
}
