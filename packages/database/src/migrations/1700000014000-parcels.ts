import type { MigrationInterface, QueryRunner } from "typeorm";

/** What was tried to be told in one message stays together: a receiver knows the repetition by its id. */
export class Parcels1700000014000 implements MigrationInterface {
  name = "Parcels1700000014000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.deliveries ADD COLUMN parcel uuid");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.deliveries DROP COLUMN parcel");
  }
}
