import type { MigrationInterface, QueryRunner } from "typeorm";

/** Up to where what is on record is final. */
export class FinalityMarks1700000030000 implements MigrationInterface {
  name = "FinalityMarks1700000030000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(MARKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.chain_cursors DROP COLUMN finalized_block, DROP COLUMN finalized_by");
  }
}

const MARKS = `
-- No block up to this one is replaced any more, by the chain's own word or by its depth below the head; -1: not known yet.
ALTER TABLE vigia.chain_cursors
  ADD COLUMN finalized_block bigint NOT NULL DEFAULT -1,
  ADD COLUMN finalized_by text NOT NULL DEFAULT 'depth' CHECK (finalized_by IN ('tag', 'depth'));
`;
