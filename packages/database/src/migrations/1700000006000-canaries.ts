import type { MigrationInterface, QueryRunner } from "typeorm";

/** The violations that the checks plant for themselves: one that they do not find shows that they are blind. */
export class Canaries1700000006000 implements MigrationInterface {
  name = "Canaries1700000006000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CANARIES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.canaries");
  }
}

const CANARIES = `
CREATE TABLE vigia.canaries (
  task        text PRIMARY KEY,
  planted_for text NOT NULL,
  -- Not positive, which no amount may be.
  amount      numeric(78, 0) NOT NULL,
  planted_at  timestamptz NOT NULL DEFAULT now()
);
`;
