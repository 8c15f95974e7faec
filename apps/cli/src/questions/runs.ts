import type { Queryable } from "@vigia/database";
import type { TaskName } from "@vigia/messages";

export interface Run {
  readonly executionId: string;
  readonly task: string;
  readonly status: "running" | "completed" | "failed" | "recovered" | "skipped";
  readonly attempt: number;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly durationMs: number | null;
  readonly itemsProcessed: number | null;
  readonly trigger: string | null;
  readonly instance: string;
  readonly error: string | null;
}

export const RUN_COLUMNS = `
  execution_id AS "executionId", job AS task, status, attempt, started_at AS "startedAt", ended_at AS "endedAt",
  duration_ms AS "durationMs", items_processed AS "itemsProcessed", trigger, instance, error->>'message' AS error`;

/** The newest runs first. Reads through `executions_by_job`, task by task. */
export async function findRuns(sql: Queryable, tasks: readonly TaskName[], limit: number): Promise<Run[]> {
  const { rows } = await sql.query<Run>(
    `SELECT run.*
       FROM unnest($1::text[]) AS wanted (task)
      CROSS JOIN LATERAL (
            SELECT ${RUN_COLUMNS} FROM vigia.executions WHERE job = wanted.task
             ORDER BY started_at DESC, execution_id DESC, attempt DESC LIMIT $2) AS run
      ORDER BY "startedAt" DESC, "executionId" DESC, attempt DESC
      LIMIT $2`,
    [tasks, limit],
  );
  return rows;
}
