import type { MigrationInterface, QueryRunner } from "typeorm";

/** A task's tick and its command may both be under way: each run keeps the place that it has come to. */
export class CheckpointsPerMessage1700000020000 implements MigrationInterface {
  name = "CheckpointsPerMessage1700000020000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "ALTER TABLE vigia.checkpoints DROP CONSTRAINT checkpoints_pkey, ADD PRIMARY KEY (task, message_id)",
    );
  }

  /** Of several runs of a task, the one that went on last keeps its place. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM vigia.checkpoints AS older USING vigia.checkpoints AS newer
       WHERE older.task = newer.task AND (older.updated_at, older.message_id) < (newer.updated_at, newer.message_id);
      ALTER TABLE vigia.checkpoints DROP CONSTRAINT checkpoints_pkey, ADD PRIMARY KEY (task);
    `);
  }
}
