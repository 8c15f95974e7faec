import type { MigrationInterface, QueryRunner } from "typeorm";

/** What the tracker keeps in Postgres: who may run a job, what state it left, and what ran. */
export class Tracker1700000002000 implements MigrationInterface {
  name = "Tracker1700000002000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LOCKS);
    await runner.query(EXECUTIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.executions, vigia.owners, vigia.job_state, vigia.job_fences, vigia.job_locks");
  }
}

/**
 * The lock and the fence of a job are two rows on purpose: a running step holds the fence's row for sharing, and the
 * lock's row must still be renewed meanwhile. A fence row is never deleted, for its number must never come again.
 */
const LOCKS = `
CREATE TABLE vigia.job_locks (
  job        text PRIMARY KEY,
  owner      text NOT NULL,
  token      text NOT NULL,
  since      timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE TABLE vigia.job_fences (
  job   text PRIMARY KEY,
  fence bigint NOT NULL CHECK (fence > 0)
);

CREATE TABLE vigia.job_state (
  job        text PRIMARY KEY,
  state      jsonb NOT NULL,
  saved_at   timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE TABLE vigia.owners (
  owner      text PRIMARY KEY,
  service    text NOT NULL,
  host       text NOT NULL,
  pid        bigint NOT NULL,
  boot_id    text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
`;

/** One row per attempt. Identifiers compare bytewise, so that pages follow each other the same way everywhere. */
const EXECUTIONS = `
CREATE TABLE vigia.executions (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  execution_id    text COLLATE "C" NOT NULL,
  job             text NOT NULL,
  service         text NOT NULL,
  status          text NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'recovered', 'skipped')),
  started_at      timestamptz NOT NULL,
  ended_at        timestamptz,
  duration_ms     bigint CHECK (duration_ms >= 0),
  result          jsonb,
  items_processed bigint CHECK (items_processed >= 0),
  error           jsonb,
  attempt         integer NOT NULL CHECK (attempt > 0),
  instance        text NOT NULL,
  fence           bigint,
  message_id      text,
  trigger         text,
  UNIQUE (execution_id, attempt),
  CHECK ((status = 'running') = (ended_at IS NULL))
);
CREATE INDEX executions_by_job ON vigia.executions (job, started_at, execution_id, attempt);
CREATE INDEX executions_running ON vigia.executions (service) WHERE status = 'running';
CREATE INDEX executions_by_message ON vigia.executions (message_id) WHERE message_id IS NOT NULL;
`;
