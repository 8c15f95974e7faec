import type { MigrationInterface, QueryRunner } from "typeorm";

/** Schedules that are paused for a time and for a reason, and dead letters that can be replayed. */
export class PausesAndDeadLetters1700000004000 implements MigrationInterface {
  name = "PausesAndDeadLetters1700000004000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.schedules ADD COLUMN paused_until timestamptz, ADD COLUMN pause_reason text");
    await runner.query(DEAD_LETTERS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE vigia.schedules DROP COLUMN paused_until, DROP COLUMN pause_reason");
    await runner.query(`
      DROP INDEX vigia.dead_letters_sequence, vigia.dead_letters_open;
      DELETE FROM vigia.dead_letters AS older USING vigia.dead_letters AS newer
       WHERE older.sequence = newer.sequence AND (older.at, older.id) < (newer.at, newer.id);
      ALTER TABLE vigia.dead_letters
        DROP COLUMN id, DROP COLUMN message_id, ADD PRIMARY KEY (sequence),
        ALTER COLUMN body TYPE text USING encode(body, 'escape')`);
  }
}

/**
 * A stream that was lost and made anew counts from one again, so a sequence may name a second letter; the id, which
 * holds the message's place and time of arrival, names one for ever. Bodies are bytes: what is no text is poison too.
 */
const DEAD_LETTERS = `
ALTER TABLE vigia.dead_letters
  DROP CONSTRAINT dead_letters_pkey,
  ADD COLUMN id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  ADD COLUMN message_id text NOT NULL DEFAULT '',
  ALTER COLUMN body TYPE bytea USING convert_to(body, 'UTF8');

CREATE INDEX dead_letters_sequence ON vigia.dead_letters (sequence);
CREATE INDEX dead_letters_open ON vigia.dead_letters (consumer, at) WHERE resolved_at IS NULL;
`;
