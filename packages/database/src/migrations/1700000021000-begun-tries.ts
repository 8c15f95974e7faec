import type { MigrationInterface, QueryRunner } from "typeorm";

/** Which messages processes began to handle and came to no end with: one that ends each process is found by it. */
export class BegunTries1700000021000 implements MigrationInterface {
  name = "BegunTries1700000021000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "ALTER TABLE vigia.failed_tries ADD COLUMN begun integer NOT NULL DEFAULT 0, ADD COLUMN begun_by text",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.failed_tries DROP COLUMN begun, DROP COLUMN begun_by");
  }
}
