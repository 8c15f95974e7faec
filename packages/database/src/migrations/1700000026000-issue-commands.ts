import type { MigrationInterface, QueryRunner } from "typeorm";

/** By which command a finding was acknowledged, snoozed or reopened: the record of actions says who gave it. */
export class IssueCommands1700000026000 implements MigrationInterface {
  name = "IssueCommands1700000026000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.issue_history ADD COLUMN command_id text");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.issue_history DROP COLUMN command_id");
  }
}
