import type { MigrationInterface, QueryRunner } from "typeorm";

/** What each clean-up expired and deleted, for longer than the feed and the runs are kept. */
export class CleanupReports1700000029000 implements MigrationInterface {
  name = "CleanupReports1700000029000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(REPORTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.cleanup_reports");
  }
}

const REPORTS = `
CREATE TABLE vigia.cleanup_reports (
  -- Of the tick or command: a run that is taken up again reports once.
  message_id   text PRIMARY KEY,
  task         text NOT NULL,
  execution_id text NOT NULL,
  -- How many rows, by kind.
  counts       jsonb NOT NULL,
  at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX cleanup_reports_at ON vigia.cleanup_reports (at);
INSERT INTO vigia.cleanup_reports (message_id, task, execution_id, counts, at)
SELECT message_id, job, execution_id, result, ended_at FROM vigia.executions
 WHERE job LIKE 'cleanup.%' AND status = 'completed' AND message_id IS NOT NULL AND jsonb_typeof(result) = 'object'
    ON CONFLICT DO NOTHING;
`;
