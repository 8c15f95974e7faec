import type { MigrationInterface, QueryRunner } from "typeorm";

/** Finds the oldest of what is deleted by its age. */
export class Ages1700000013000 implements MigrationInterface {
  name = "Ages1700000013000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(AGES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      "DROP INDEX vigia.executions_age, vigia.issues_age, vigia.dead_letters_age, vigia.operator_actions_age",
    );
  }
}

const AGES = `
CREATE INDEX executions_age ON vigia.executions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX issues_age ON vigia.issues (resolved_at) WHERE status = 'resolved';
CREATE INDEX dead_letters_age ON vigia.dead_letters (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX operator_actions_age ON vigia.operator_actions (at);
`;
