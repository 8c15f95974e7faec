import type { MigrationInterface, QueryRunner } from "typeorm";

/** What was done about a finding without a person, with what was found before and what came of it. */
export class Heals1700000042000 implements MigrationInterface {
  name = "Heals1700000042000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE vigia.issue_history ADD COLUMN details jsonb;
      CREATE INDEX issue_history_command ON vigia.issue_history (command_id) WHERE command_id IS NOT NULL;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX vigia.issue_history_command;
      ALTER TABLE vigia.issue_history DROP COLUMN details;`);
  }
}
