import type { MigrationInterface, QueryRunner } from "typeorm";

/** Sessions of the page that were logged out before their time, so that no replica lets a copy of their cookie in. */
export class EndedSessions1700000036000 implements MigrationInterface {
  name = "EndedSessions1700000036000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE vigia.ended_sessions (
        session_id text PRIMARY KEY,
        until      timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE vigia.ended_sessions");
  }
}
