import type { MigrationInterface, QueryRunner } from "typeorm";

/** The ways beside the inbox: who asked to be told on which, and what is still to be told there. */
export class Subscriptions1700000010000 implements MigrationInterface {
  name = "Subscriptions1700000010000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SUBSCRIPTIONS);
    await runner.query(DELIVERIES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.deliveries, vigia.subscriptions");
  }
}

const SUBSCRIPTIONS = `
CREATE TABLE vigia.subscriptions (
  id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- None: it is told of every user's notices.
  user_id  uuid,
  channel  text NOT NULL,
  address  text NOT NULL,
  -- None: all.
  kinds    text[],
  -- One process delivers to a subscription at a time, until then; after a failure nobody does before then.
  free_at  timestamptz NOT NULL DEFAULT now(),
  turn     bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  UNIQUE NULLS NOT DISTINCT (user_id, channel)
);
`;

const DELIVERIES = `
CREATE TABLE vigia.deliveries (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notification_id uuid NOT NULL REFERENCES vigia.notifications ON DELETE CASCADE,
  subscription_id uuid NOT NULL REFERENCES vigia.subscriptions ON DELETE CASCADE,
  created_at      timestamptz NOT NULL DEFAULT now(),
  ended_at        timestamptz,
  -- How it ended: delivered, refused by the receiver, or given up after its tries.
  outcome         text CHECK (outcome IN ('delivered', 'refused', 'given-up')),
  error           text,
  UNIQUE (notification_id, subscription_id)
);
CREATE INDEX deliveries_waiting ON vigia.deliveries (subscription_id, created_at) WHERE ended_at IS NULL;
CREATE INDEX deliveries_subscription ON vigia.deliveries (subscription_id);
`;
