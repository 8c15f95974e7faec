import type { MigrationInterface, QueryRunner } from "typeorm";

/** The instant whose tick is going out: known before anybody publishes it, so that nobody passes over it. */
export class AnnouncedTicks1700000023000 implements MigrationInterface {
  name = "AnnouncedTicks1700000023000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.schedules ADD COLUMN announced timestamptz");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.schedules DROP COLUMN announced");
  }
}
