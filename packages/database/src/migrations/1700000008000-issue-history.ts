import type { MigrationInterface, QueryRunner } from "typeorm";

/** What became of each finding, and when. */
export class IssueHistory1700000008000 implements MigrationInterface {
  name = "IssueHistory1700000008000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE vigia.issue_history (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        fingerprint text NOT NULL,
        change      text NOT NULL,
        reason      text,
        at          timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX issue_history_issue ON vigia.issue_history (fingerprint, at);
      CREATE INDEX issue_history_age ON vigia.issue_history (at);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.issue_history");
  }
}
