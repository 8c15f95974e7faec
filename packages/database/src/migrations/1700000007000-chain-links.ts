import type { MigrationInterface, QueryRunner } from "typeorm";

/** Contracts that events announce, and events that leave it to others to say of which escrow they speak. */
export class ChainLinks1700000007000 implements MigrationInterface {
  name = "ChainLinks1700000007000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LINKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE vigia.chain_links;
      DROP INDEX vigia.chain_logs_link;
      ALTER TABLE vigia.chain_logs DROP COLUMN address, DROP COLUMN link_key`);
  }
}

const LINKS = `
-- The contract that emitted the log, where it is another than the followed one; and the key by which another log says
-- of which escrow this one speaks.
ALTER TABLE vigia.chain_logs ADD COLUMN address text, ADD COLUMN link_key text;
CREATE INDEX chain_logs_link ON vigia.chain_logs (chain_id, contract, link_key) WHERE link_key IS NOT NULL;

-- What logs say that others depend on: which escrow a key stands for, or what kind of contract an address is.
CREATE TABLE vigia.chain_links (
  chain_id     bigint  NOT NULL,
  contract     text    NOT NULL,
  link         text    NOT NULL CHECK (link IN ('escrow', 'contract')),
  key          text    NOT NULL,
  value        text    NOT NULL,
  block_number bigint  NOT NULL,
  log_index    integer NOT NULL,
  PRIMARY KEY (chain_id, contract, link, key, block_number, log_index)
);
CREATE INDEX chain_links_block ON vigia.chain_links (chain_id, contract, block_number);
`;
