import type { MigrationInterface, QueryRunner } from "typeorm";

/** When users could not act because of us, and what that means for what would have expired then. */
export class Downtimes1700000005000 implements MigrationInterface {
  name = "Downtimes1700000005000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DOWNTIMES);
    await runner.query(EXPIRY);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP FUNCTION vigia.expiry_after_downtimes(timestamptz)");
    await runner.query("DROP TABLE vigia.downtimes");
  }
}

const DOWNTIMES = `
CREATE TABLE vigia.downtimes (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cause       text NOT NULL,
  reason      text NOT NULL,
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CHECK (started_at < ended_at)
);
CREATE INDEX downtimes_end ON vigia.downtimes (ended_at);
`;

/**
 * An expiry within a downtime gets the downtime's whole length added, and a quarter of an hour to come back; where
 * that falls into the next downtime, it is moved once more.
 */
const EXPIRY = `
CREATE FUNCTION vigia.expiry_after_downtimes(expiry timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
  downtime record;
BEGIN
  FOR downtime IN SELECT started_at, ended_at FROM vigia.downtimes WHERE ended_at > expiry ORDER BY started_at LOOP
    EXIT WHEN downtime.started_at > expiry;
    IF downtime.ended_at > expiry THEN
      expiry := expiry + (downtime.ended_at - downtime.started_at) + interval '15 minutes';
    END IF;
  END LOOP;
  RETURN expiry;
END
$$;
`;
