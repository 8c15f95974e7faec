import type { Queryable } from "@vigia/database";
import type { RunBar, RunTimeline } from "../answers.ts";

/** A day of a busy system, and as much as a browser draws at once. */
export const MOST_BARS = 3_000;

/** What ran within the last hours, and what runs still. Rests on the indexes `executions_by_job` and `executions_running`. */
export async function describeTimeline(sql: Queryable, tasks: readonly string[], hours: number): Promise<RunTimeline> {
  const [bounds] = (
    await sql.query<Pick<RunTimeline, "from" | "to">>(
      `SELECT now() - make_interval(hours => $1) AS "from", now() AS "to"`,
      [hours],
    )
  ).rows;
  if (!bounds) throw new Error("a question without FROM has one row");
  const { rows } = await sql.query<RunBar>(
    `SELECT execution_id AS "executionId", job AS task, status, started_at AS "startedAt", ended_at AS "endedAt"
       FROM vigia.executions
      WHERE job = ANY($1::text[]) AND started_at >= $2 OR status = 'running'
      ORDER BY started_at DESC
      LIMIT ${MOST_BARS}`,
    [tasks, bounds.from],
  );
  return { ...bounds, runs: rows.reverse() };
}
