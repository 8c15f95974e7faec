import type { MigrationInterface, QueryRunner } from "typeorm";

/** What an endpoint was found to take at the most: learnt once, and not again at each start. */
export class EndpointLimits1700000024000 implements MigrationInterface {
  name = "EndpointLimits1700000024000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LIMITS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.endpoint_limits");
  }
}

const LIMITS = `
CREATE TABLE vigia.endpoint_limits (
  chain_id     bigint  NOT NULL,
  endpoint     text    NOT NULL,
  -- The most blocks of one range.
  block_limit  integer NOT NULL,
  learnt_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, endpoint)
);
`;
