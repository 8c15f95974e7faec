import type { Queryable } from "./queryable.ts";

export interface CleanupReport {
  /** Of the tick or command that asked for the run. */
  readonly messageId: string;
  readonly task: string;
  readonly executionId: string;
  /** How many rows, by kind. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Puts on record what a clean-up came to; of a run that is taken up again the first word counts. */
export async function noteCleanup(sql: Queryable, report: CleanupReport): Promise<void> {
  const { messageId, task, executionId, counts } = report;
  await sql.query(
    `INSERT INTO vigia.cleanup_reports (message_id, task, execution_id, counts) VALUES ($1, $2, $3, $4::jsonb)
         ON CONFLICT (message_id) DO NOTHING`,
    [messageId, task, executionId, JSON.stringify(counts)],
  );
}
