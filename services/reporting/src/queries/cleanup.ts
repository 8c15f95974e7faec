import type { Queryable } from "@vigia/database";
import type { CleanupAnswer, CleanupDay, CleanupRun } from "../answers.ts";

const MOST_RUNS = 50;

/** What was expired and deleted within the last days: each day, and each of the newest runs. */
export async function describeCleanup(sql: Queryable, days: number): Promise<CleanupAnswer> {
  return { days: await listDays(sql, days), runs: await listRuns(sql, days) };
}

/** Rests on the index `cleanup_reports_at`. */
async function listDays(sql: Queryable, days: number): Promise<readonly CleanupDay[]> {
  const { rows } = await sql.query<CleanupDay>(
    `WITH reports AS (
       SELECT (at AT TIME ZONE 'UTC')::date AS day, task, counts FROM vigia.cleanup_reports
        WHERE at > now() - make_interval(days => $1)
     ), sums AS (
       SELECT day, task, what, sum(count::bigint) AS count
         FROM reports, jsonb_each_text(counts) AS counted (what, count) GROUP BY day, task, what
     )
     SELECT day::text, task, count(*) AS runs,
            coalesce((SELECT jsonb_object_agg(what, count) FROM sums
                       WHERE sums.day = reports.day AND sums.task = reports.task), '{}') AS counts
       FROM reports GROUP BY day, task ORDER BY day DESC, task`,
    [days],
  );
  return rows;
}

/** Rests on the index `cleanup_reports_at`. */
async function listRuns(sql: Queryable, days: number): Promise<readonly CleanupRun[]> {
  const { rows } = await sql.query<CleanupRun>(
    `SELECT execution_id AS "executionId", task, at, counts FROM vigia.cleanup_reports
      WHERE at > now() - make_interval(days => $1)
      ORDER BY at DESC, message_id LIMIT ${MOST_RUNS}`,
    [days],
  );
  return rows;
}
