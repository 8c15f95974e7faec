import type { MigrationInterface, QueryRunner } from "typeorm";

/** What the chain's tasks ask of escrows costs what is new, and not the history behind it. */
export class EscrowsByBlock1700000031000 implements MigrationInterface {
  name = "EscrowsByBlock1700000031000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(INDEXES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP INDEX vigia.escrows_begun, vigia.escrows_changed, vigia.escrows_uncompared");
  }
}

const INDEXES = `
CREATE INDEX escrows_begun ON vigia.escrows (chain_id, created_block);
CREATE INDEX escrows_changed ON vigia.escrows (chain_id, updated_block);
CREATE INDEX escrows_uncompared ON vigia.escrows (chain_id, contract, escrow_id)
 WHERE verified_block IS NULL OR verified_block < updated_block;
`;
