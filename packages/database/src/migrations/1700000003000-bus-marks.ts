import type { MigrationInterface, QueryRunner } from "typeorm";

/** How far the bus had come when it was last seen well: by this a bus that lost messages is noticed. */
export class BusMarks1700000003000 implements MigrationInterface {
  name = "BusMarks1700000003000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(BUS_MARKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.bus_marks");
  }
}

const BUS_MARKS = `
CREATE TABLE vigia.bus_marks (
  stream        text PRIMARY KEY,
  -- As the server says it, to the nanosecond: a stream that was made anew has another.
  created       text NOT NULL,
  last_sequence bigint NOT NULL,
  -- Counts the losses that were noticed, so that each is answered by one process.
  losses        integer NOT NULL DEFAULT 0,
  seen_at       timestamptz NOT NULL DEFAULT now()
);
`;
