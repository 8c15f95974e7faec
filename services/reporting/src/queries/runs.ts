import type { Queryable } from "@vigia/database";
import type { ListedRun, RunPage, RunStatus } from "../answers.ts";
import { containing } from "./text.ts";

export const RUN_COLUMNS = `id, execution_id AS "executionId", job AS task, service, status, started_at AS "startedAt",
  ended_at AS "endedAt", duration_ms AS "durationMs", items_processed AS "itemsProcessed", attempt, instance, trigger,
  result, error`;

/** The same as they are called in an answer. */
const RUN_FIELDS = `id, "executionId", task, service, status, "startedAt", "endedAt", "durationMs", "itemsProcessed",
  attempt, instance, trigger, result, error`;

export interface RunFilter {
  readonly task?: string | undefined;
  readonly status?: RunStatus | undefined;
  /** Those that started then or later. */
  readonly since?: Date | undefined;
  /** Those of the processes whose name, `service@host#pid#bootId`, begins so. */
  readonly instance?: string | undefined;
  /** In its id, its message's, who ran it, or what came of it. */
  readonly text?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/**
 * Newest first. Walks the index `executions_pkey` backwards, whose order is that of the starts; a filter narrows on the
 * way, over no more than what the clean-up keeps. Rests on `dead_letters_open` too.
 */
export async function listRuns(sql: Queryable, filter: RunFilter): Promise<RunPage> {
  const { task, status, since, instance, text, before, limit } = filter;
  const { rows } = await sql.query<ListedRun>(
    `WITH page AS (
     SELECT ${RUN_COLUMNS}, split_part(message_id, '#', 1) AS message FROM vigia.executions
      WHERE ($1::bigint IS NULL OR id < $1)
        AND ($2::text IS NULL OR job = $2)
        AND ($3::text IS NULL OR status = $3)
        AND ($4::timestamptz IS NULL OR started_at >= $4)
        AND ($5::text IS NULL OR starts_with(instance, $5))
        AND ($6::text IS NULL
             OR concat_ws(' ', execution_id, message_id, instance, trigger, result::text, error::text) ILIKE $6)
      ORDER BY id DESC
      LIMIT $7)
     SELECT ${RUN_FIELDS}, sequence AS "deadLetter"
       FROM page LEFT JOIN (
            SELECT message_id AS message, max(sequence) AS sequence FROM vigia.dead_letters
             WHERE resolved_at IS NULL GROUP BY message_id) AS letter
         ON letter.message = page.message AND status = 'failed'
      ORDER BY id DESC`,
    [before, task, status, since, instance, text === undefined ? undefined : containing(text), limit + 1],
  );
  const runs = rows.slice(0, limit);
  return { runs, next: rows.length > limit ? (runs.at(-1)?.id ?? null) : null };
}

export interface Failures {
  readonly task: string;
  readonly failures: number;
  readonly lastFailedAt: Date;
  /** Nothing has completed since. */
  readonly stillFailing: boolean;
}

/** The tasks that failed lately. Rests on the index `executions_by_job`. */
export async function listFailures(
  sql: Queryable,
  tasks: readonly string[],
  withinHours: number,
): Promise<readonly Failures[]> {
  const { rows } = await sql.query<Failures>(
    `SELECT task, failures, last_failed_at AS "lastFailedAt", newest.status = 'failed' AS "stillFailing"
       FROM unnest($1::text[]) AS task
      CROSS JOIN LATERAL (
            SELECT count(*) AS failures, max(started_at) AS last_failed_at FROM vigia.executions
             WHERE job = task AND started_at > now() - make_interval(hours => $2) AND status = 'failed') AS recent
      CROSS JOIN LATERAL (
            SELECT status FROM vigia.executions
             WHERE job = task AND status IN ('completed', 'failed')
             ORDER BY started_at DESC, execution_id DESC, attempt DESC LIMIT 1) AS newest
      WHERE failures > 0`,
    [tasks, withinHours],
  );
  return rows;
}
