import type { MigrationInterface, QueryRunner } from "typeorm";

/** The zone that a schedule's cron expression is meant in: without it nobody but the scheduler can say when that is. */
export class ScheduleTimeZones1700000025000 implements MigrationInterface {
  name = "ScheduleTimeZones1700000025000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.schedules ADD COLUMN time_zone text");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.schedules DROP COLUMN time_zone");
  }
}
