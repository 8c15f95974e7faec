import type { MigrationInterface, QueryRunner } from "typeorm";

/** How the message of a run came, so that whoever finds its process dead can hand it on at once. */
export class DeliveriesOfRuns1700000019000 implements MigrationInterface {
  name = "DeliveriesOfRuns1700000019000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.executions ADD COLUMN delivery text");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.executions DROP COLUMN delivery");
  }
}
