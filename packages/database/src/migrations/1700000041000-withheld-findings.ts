import type { MigrationInterface, QueryRunner } from "typeorm";

/** The issues that a page of findings concerns, and what was found without becoming an issue, each by its own index. */
export class WithheldFindings1700000041000 implements MigrationInterface {
  name = "WithheldFindings1700000041000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FINDINGS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE vigia.withheld_findings;
      DROP INDEX vigia.issues_of_check, vigia.issues_trade;
    `);
  }
}

const FINDINGS = `
CREATE TABLE vigia.withheld_findings (
  check_code  text NOT NULL,
  entity_type text NOT NULL,
  entity_id   text COLLATE "C" NOT NULL,
  -- Its order; where none is known, its escrow, or else the entity itself.
  trade       text NOT NULL,
  PRIMARY KEY (check_code, entity_id)
);
CREATE INDEX withheld_findings_trade ON vigia.withheld_findings (trade);
CREATE INDEX issues_of_check ON vigia.issues (check_code, entity_id COLLATE "C") WHERE status <> 'resolved';
CREATE INDEX issues_trade ON vigia.issues ((coalesce(evidence->>'orderId', evidence->>'escrow', entity_id)))
 WHERE status <> 'resolved';
`;
