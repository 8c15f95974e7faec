import type { MigrationInterface, QueryRunner } from "typeorm";

/** What a resync under way has still to rebuild. */
export class Rebuilds1700000037000 implements MigrationInterface {
  name = "Rebuilds1700000037000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(REBUILDS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.rebuilds");
  }
}

const REBUILDS = `
-- Escrows whose rows are not what the logs on record say, while a resync is still making that record whole.
CREATE TABLE vigia.rebuilds (
  chain_id  bigint NOT NULL,
  contract  text   NOT NULL,
  escrow_id text   NOT NULL,
  PRIMARY KEY (chain_id, contract, escrow_id)
);
`;
