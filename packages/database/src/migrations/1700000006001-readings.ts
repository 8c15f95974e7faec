import type { MigrationInterface, QueryRunner } from "typeorm";

/** What chain-sync read of the chain besides logs, for those who may not ask the chain themselves. */
export class Readings1700000006001 implements MigrationInterface {
  name = "Readings1700000006001";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CURSORS);
    await runner.query(ESCROWS);
    await runner.query(CONTRACTS);
    await runner.query(MISSING_LOGS);
    await runner.query(ENDPOINTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE vigia.escrow_readings, vigia.contract_balances, vigia.contract_codes, vigia.missing_logs,
                 vigia.endpoint_untruths;
      ALTER TABLE vigia.chain_cursors DROP COLUMN lag_blocks;
      ALTER TABLE vigia.chain_cursors DROP COLUMN confirmations, DROP COLUMN audited_block`);
  }
}

const CURSORS = `
-- How many blocks behind the head the sync means to stay; and the block up to which all were read a second time.
ALTER TABLE vigia.chain_cursors ADD COLUMN confirmations integer NOT NULL DEFAULT 0,
                                ADD COLUMN audited_block bigint NOT NULL DEFAULT -1;
-- The blocks that could have been read, and were not.
ALTER TABLE vigia.chain_cursors
  ADD COLUMN lag_blocks bigint GENERATED ALWAYS AS (greatest(head_number - confirmations - block_number, 0)) STORED;
`;

const ESCROWS = `
-- The last time that the contract said another thing of an escrow than its row.
CREATE TABLE vigia.escrow_readings (
  chain_id         bigint NOT NULL,
  contract         text   NOT NULL,
  escrow_id        text   NOT NULL,
  block_number     bigint NOT NULL,
  recorded_status  text   NOT NULL,
  recorded_balance numeric(78, 0) NOT NULL,
  -- 'absent': the contract does not have the escrow, and so no balance of it.
  status           text   NOT NULL,
  balance          numeric(78, 0),
  -- Whether the logs on record lead to what the contract said.
  told             boolean NOT NULL,
  read_at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, contract, escrow_id)
);
CREATE INDEX escrow_readings_age ON vigia.escrow_readings (read_at);
`;

const CONTRACTS = `
-- What a contract, and those that belong to it, held of each token at the end of a block, and what its live escrows were
-- owed by then.
CREATE TABLE vigia.contract_balances (
  chain_id     bigint NOT NULL,
  contract     text   NOT NULL,
  token        text   NOT NULL,
  block_number bigint NOT NULL,
  -- Sums: they may have more digits than any one amount.
  held         numeric NOT NULL,
  owed         numeric NOT NULL,
  read_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, contract, token)
);

-- The code at a contract's address, or at that of one that belongs to it, and the code that it hands calls on to (EIP-1967):
-- a row for each that was seen.
CREATE TABLE vigia.contract_codes (
  chain_id       bigint NOT NULL,
  contract       text   NOT NULL,
  address        text   NOT NULL,
  block_number   bigint NOT NULL,
  code_digest    text   NOT NULL,
  implementation text   NOT NULL,
  read_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, contract, address, block_number)
);
`;

const MISSING_LOGS = `
-- Logs that the receipts of a followed block held and the record did not, when the block was read a second time.
CREATE TABLE vigia.missing_logs (
  chain_id         bigint NOT NULL,
  contract         text   NOT NULL,
  block_number     bigint NOT NULL,
  log_index        integer NOT NULL,
  event            text   NOT NULL,
  escrow_id        text,
  transaction_hash text   NOT NULL,
  found_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, contract, block_number, log_index)
);
`;

const ENDPOINTS = `
CREATE TABLE vigia.endpoint_untruths (
  chain_id bigint NOT NULL,
  -- As it is called in logs and events: its host.
  endpoint text   NOT NULL,
  -- What was wrong with its answers, as it is counted.
  kind     text   NOT NULL,
  message  text   NOT NULL,
  -- Since when it has been told again and again.
  first_at timestamptz NOT NULL DEFAULT now(),
  last_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, endpoint, kind)
);
`;
