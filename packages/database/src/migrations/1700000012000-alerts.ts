import type { MigrationInterface, QueryRunner } from "typeorm";

/** What operators were told of findings: one cause over thousands of orders is one message. */
export class Alerts1700000012000 implements MigrationInterface {
  name = "Alerts1700000012000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ALERTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.alerts, vigia.alert_groups");
  }
}

const ALERTS = `
-- The findings of one check, for as long as any of them stands.
CREATE TABLE vigia.alert_groups (
  check_code text PRIMARY KEY,
  severity   text NOT NULL,
  meaning    text NOT NULL,
  -- The first change since the group was looked at; none: it is as it was.
  changed_at timestamptz,
  -- The last message; none: nobody was told.
  told_at    timestamptz,
  -- How many were open when the group was looked at.
  open       integer NOT NULL DEFAULT 0
);
-- Those that were open then.
CREATE TABLE vigia.alerts (
  fingerprint text PRIMARY KEY,
  check_code  text NOT NULL REFERENCES vigia.alert_groups ON DELETE CASCADE,
  entity      text NOT NULL
);
CREATE INDEX alerts_group ON vigia.alerts (check_code);
`;
