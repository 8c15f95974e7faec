import type { MigrationInterface, QueryRunner } from "typeorm";

/** A run that is under way can be ended by a command, and is on record as cancelled then. */
export class Cancellations1700000034000 implements MigrationInterface {
  name = "Cancellations1700000034000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CANCELLATIONS);
    await runner.query(statusIn("running", "completed", "failed", "recovered", "skipped", "cancelled"));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.cancellations");
    // What a run of an older version would call it.
    await runner.query("UPDATE vigia.executions SET status = 'failed' WHERE status = 'cancelled'");
    await runner.query(statusIn("running", "completed", "failed", "recovered", "skipped"));
  }
}

/**
 * Whose work is to be ended, by the message that asked for the run: whoever takes it up after a crash ends it too. The row
 * stays, for it says who wanted it.
 */
const CANCELLATIONS = `
CREATE TABLE vigia.cancellations (
  message_id   text PRIMARY KEY,
  execution_id text NOT NULL,
  command_id   text NOT NULL,
  reason       text,
  at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX cancellations_age ON vigia.cancellations (at);
`;

function statusIn(...statuses: readonly string[]): string {
  return `
    ALTER TABLE vigia.executions DROP CONSTRAINT executions_status_check;
    ALTER TABLE vigia.executions ADD CONSTRAINT executions_status_check
      CHECK (status IN (${statuses.map((status) => `'${status}'`).join(", ")})) NOT VALID;
    ALTER TABLE vigia.executions VALIDATE CONSTRAINT executions_status_check;`;
}
