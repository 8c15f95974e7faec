import type { MigrationInterface, QueryRunner } from "typeorm";

/** How often a message that is handled without a run has failed. */
export class FailedTries1700000009000 implements MigrationInterface {
  name = "FailedTries1700000009000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FAILED_TRIES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.failed_tries");
  }
}

/** A row lives from the first failure to the success; what became a dead letter leaves one that is purged by its age. */
const FAILED_TRIES = `
CREATE TABLE vigia.failed_tries (
  consumer  text NOT NULL,
  -- Its place in its stream: an id may be of any length, or no text at all.
  message   text NOT NULL,
  tries     integer NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, message)
);
CREATE INDEX failed_tries_age ON vigia.failed_tries (failed_at);
`;
