import { EVENT_LIMIT_BYTES, toHeaders } from "@vigia/messages";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { claimWaiting, markRelayed, writeToOutbox } from "./outbox.ts";

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

it("notes as relayed what was claimed, and never another event that lies in its place by now", async () => {
  await write({ count: 2, source: "cleanup" });
  await sql.query("BEGIN");
  const [first, second] = await claimWaiting(sql, "cleanup", BATCH);
  if (!first || !second) throw new Error("two were written");
  await markRelayed(sql, [{ place: second.place, position: first.position }]);
  expect(await claimWaiting(sql, "cleanup", BATCH)).toHaveLength(2);
  await markRelayed(sql, [second]);
  expect((await claimWaiting(sql, "cleanup", BATCH)).map(({ id }) => id)).toEqual([first.id]);
  await sql.query("COMMIT");
});

describe("an event", () => {
  const event = { id: "1", type: "vigia.order", subject: "vigia.event.order.x", aggregate: "order:1" };
  const context = { source: "cleanup", correlationId: "root", causationId: "before" };

  async function written(data: Record<string, unknown>) {
    await sql.query("BEGIN");
    await writeToOutbox(sql, context, [{ ...event, data }]);
    const [message] = await claimWaiting(sql, "cleanup", BATCH);
    await sql.query("COMMIT");
    return message;
  }

  it("is relayed with all its headers, also those that its row does not repeat", async () => {
    const data = { text: 'a "quoted" \\ line\nand another', n: 1 };
    const message = await written(data);
    const time = message?.headers["ce-time"] ?? "";
    expect(new Date(time).toISOString()).toBe(time);
    const { id, type, aggregate: subject } = event;
    expect(message?.headers).toEqual(toHeaders({ ...context, id, type, subject, time }));
    expect(JSON.parse(message?.body ?? "")).toEqual(data);
  });

  it("is no larger on the bus than it was when it was written", async () => {
    const data = { numbers: Array.from({ length: 450_000 }, () => 1) };
    const message = await written(data);
    expect(message?.body).toHaveLength(JSON.stringify(data).length);
    expect(message?.body.length).toBeLessThan(EVENT_LIMIT_BYTES);
  });
});
