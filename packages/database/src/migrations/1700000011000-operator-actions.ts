import type { MigrationInterface, QueryRunner } from "typeorm";

/** Who gave which command on the web page, and what came of it. */
export class OperatorActions1700000011000 implements MigrationInterface {
  name = "OperatorActions1700000011000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(OPERATOR_ACTIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.operator_actions");
  }
}

/** Kept for years: people give few commands, and who gave one is asked long after. */
const OPERATOR_ACTIONS = `
CREATE TABLE vigia.operator_actions (
  position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  command_id  text NOT NULL UNIQUE,
  operator    text NOT NULL,
  target      text NOT NULL,
  command     text NOT NULL,
  data        jsonb NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  -- Unconfirmed: NATS did not say that it took the command. The rest is what its service told.
  status      text NOT NULL DEFAULT 'sent'
    CHECK (status IN ('sent', 'unconfirmed', 'accepted', 'completed', 'rejected', 'failed')),
  reason      text,
  result      jsonb,
  -- How far a resync has come.
  progress    jsonb,
  answered_at timestamptz
);
`;
