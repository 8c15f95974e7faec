import type { MigrationInterface, QueryRunner } from "typeorm";

/** Finds the notices of an order, and what could not be told. */
export class NoticesFound1700000027000 implements MigrationInterface {
  name = "NoticesFound1700000027000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(INDEXES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP INDEX vigia.notifications_order, vigia.deliveries_failed");
  }
}

const INDEXES = `
CREATE INDEX notifications_order ON vigia.notifications ((data->>'orderId'), created_at) WHERE data->>'orderId' IS NOT NULL;
CREATE INDEX deliveries_failed ON vigia.deliveries (ended_at) WHERE outcome IN ('refused', 'given-up');
`;
