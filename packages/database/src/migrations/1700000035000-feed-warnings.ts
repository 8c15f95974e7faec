import type { MigrationInterface, QueryRunner } from "typeorm";

/** What went wrong is found in the feed however much else happened since. */
export class FeedWarnings1700000035000 implements MigrationInterface {
  name = "FeedWarnings1700000035000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX event_feed_warnings ON vigia.event_feed (position) WHERE subject ~
        '^vigia\\.event\\.(run\\.(failed|recovered|cancelled)|command\\.(failed|rejected)|chain\\.(reorged|drifted)|provider\\.degraded|consistency-issue\\.(opened|reopened)|tracker\\.degraded|deadletter)(\\.|$)'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP INDEX vigia.event_feed_warnings");
  }
}
