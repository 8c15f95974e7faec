import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * An event is written once and noted as relayed once, and costs less at both. Its headers and its body stay the text that
 * they came as. Its id is its key, as nothing looks it up by its position alone; and of what it is about, which is long,
 * the index holds the hash.
 */
export class LightOutbox1700000032000 implements MigrationInterface {
  name = "LightOutbox1700000032000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX vigia.outbox_waiting_aggregate;
      ALTER TABLE vigia.outbox
        DROP CONSTRAINT outbox_pkey,
        DROP CONSTRAINT outbox_id_key,
        ADD PRIMARY KEY (id),
        ALTER headers TYPE json,
        ALTER payload TYPE json;
      CREATE INDEX outbox_waiting_aggregate ON vigia.outbox (hashtext(aggregate), position) WHERE relayed_at IS NULL;`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX vigia.outbox_waiting_aggregate;
      ALTER TABLE vigia.outbox
        DROP CONSTRAINT outbox_pkey,
        ADD PRIMARY KEY (position),
        ADD UNIQUE (id),
        ALTER headers TYPE jsonb,
        ALTER payload TYPE jsonb;
      CREATE INDEX outbox_waiting_aggregate ON vigia.outbox (aggregate, position) WHERE relayed_at IS NULL;`);
  }
}
