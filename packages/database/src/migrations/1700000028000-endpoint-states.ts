import type { MigrationInterface, QueryRunner } from "typeorm";

/** Which endpoints a chain has, and whether each is well, for whoever looks. */
export class EndpointStates1700000028000 implements MigrationInterface {
  name = "EndpointStates1700000028000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(STATES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.endpoint_states");
  }
}

const STATES = `
CREATE TABLE vigia.endpoint_states (
  chain_id bigint NOT NULL,
  endpoint text   NOT NULL,
  -- Its place among those that are configured: the first is asked first.
  place    integer NOT NULL,
  status   text   NOT NULL CHECK (status IN ('well', 'degraded')),
  reason   text,
  since    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain_id, endpoint)
);
`;
