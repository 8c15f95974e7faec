import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { claimWaiting } from "./outbox.ts";

const BATCH = 100;

let database: TestDatabase;
let sql: Client;

beforeEach(async () => {
  database = await createDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
});
afterEach(async () => {
  await sql.end();
  await database.drop();
});

async function write(events: { count: number; source: string; aggregate?: string; relayed?: boolean }): Promise<void> {
  await sql.query(
    `INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload, relayed_at)
     SELECT gen_random_uuid(), 'vigia.event.order.changed', $2, coalesce($3, 'order:' || n), '{}', '{}',
            CASE WHEN $4::boolean THEN now() END
       FROM generate_series(1, $1::int) AS n`,
    [events.count, events.source, events.aggregate ?? null, events.relayed ?? false],
  );
}

/** Claims a batch, and counts the rows that Postgres read for it. */
async function claim(source: string): Promise<{ aggregates: string[]; read: number }> {
  await sql.query("BEGIN");
  const before = await rowsRead();
  const events = await claimWaiting(sql, source, BATCH);
  const read = (await rowsRead()) - before;
  await sql.query("COMMIT");
  return { aggregates: events.map((event) => event.aggregate), read };
}

/** By this connection, since it last reported its counts; it reports none within a transaction. */
async function rowsRead(): Promise<number> {
  const { rows } = await sql.query<{ read: number }>(
    `SELECT (seq_tup_read + idx_tup_fetch)::int AS read
       FROM pg_stat_xact_user_tables WHERE schemaname = 'vigia' AND relname = 'outbox'`,
  );
  return rows[0]?.read ?? Number.NaN;
}

describe("claiming the events that wait", () => {
  const known = {
    "never counted": async () => {},
    "counted when none waited": async () => {
      await write({ count: 1000, source: "cleanup", relayed: true });
      await sql.query("VACUUM ANALYZE vigia.outbox");
    },
    "counted when a few waited": async () => {
      await write({ count: 5, source: "cleanup" });
      await sql.query("VACUUM ANALYZE vigia.outbox");
    },
    "counted when all had waited": async () => {
      await write({ count: 1000, source: "cleanup" });
      await sql.query("VACUUM ANALYZE vigia.outbox");
      await sql.query("UPDATE vigia.outbox SET relayed_at = now()");
    },
  };

  it.each(
    Object.entries(known),
  )("reads no more of a backlog than its batch, the table being %s", async (_, prepare) => {
    await prepare();
    await write({ count: 5000, source: "cleanup" });
    const { aggregates, read } = await claim("cleanup");
    expect(aggregates).toHaveLength(BATCH);
    expect(read).toBeLessThanOrEqual(2 * BATCH);
  });

  it("leaves what follows another source's event of the same aggregate, and takes those behind", async () => {
    await write({ count: 1, source: "chain-sync", aggregate: "order:1" });
    await write({ count: BATCH + 1, source: "cleanup", aggregate: "order:1" });
    await write({ count: 1, source: "cleanup", aggregate: "order:2" });
    expect((await claim("cleanup")).aggregates).toEqual(["order:2"]);
    expect((await claim("chain-sync")).aggregates).toEqual(["order:1"]);
  });

  it("goes on with its own events of an aggregate up to the first that follows another source's", async () => {
    await write({ count: 2, source: "cleanup", aggregate: "order:1" });
    await write({ count: 1, source: "chain-sync", aggregate: "order:1" });
    await write({ count: 1, source: "cleanup", aggregate: "order:1" });
    expect((await claim("cleanup")).aggregates).toEqual(["order:1", "order:1"]);
    expect((await claim("chain-sync")).aggregates).toEqual([]);
  });
});
