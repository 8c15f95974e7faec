import { createDatabase, readChainUntil, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { orders } from "./orders.ts";

const BATCH = 100;

let database: TestDatabase;
let sql: Client;

beforeEach(async () => {
  database = await createDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  await readChainUntil(sql, new Date());
});
afterEach(async () => {
  await sql.end();
  await database.drop();
});

async function write(count: number, status: string): Promise<void> {
  await sql.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                     status, expires_at)
     SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '0x01', '0x02', 1, '0x00', 1, $2,
            now() - interval '1 day'
       FROM generate_series(1, $1::int)`,
    [count, status],
  );
}

/** Ends a batch, and counts the orders that Postgres read for it. */
async function expire(from?: string) {
  await sql.query("BEGIN");
  const before = await rowsRead();
  const { orders: ended, last } = await orders(sql as never).expireDue(new Date(), BATCH, from);
  const read = (await rowsRead()) - before;
  await sql.query("COMMIT");
  return { ended: ended.length, read, last: last ?? undefined };
}

async function rowsRead(): Promise<number> {
  const { rows } = await sql.query<{ read: number }>(
    `SELECT (seq_tup_read + idx_tup_fetch)::int AS read
       FROM pg_stat_xact_user_tables WHERE schemaname = 'marketplace' AND relname = 'orders'`,
  );
  return rows[0]?.read ?? Number.NaN;
}

it.each([
  ["never counted", async () => {}],
  [
    "counted when none was due",
    async () => {
      await write(5_000, "completed");
      await sql.query("VACUUM ANALYZE marketplace.orders");
    },
  ],
  [
    "counted when a few were due",
    async () => {
      await write(5, "created");
      await sql.query("VACUUM ANALYZE marketplace.orders");
    },
  ],
])("ending orders reads no more of them than its batch, the table being %s", async (_, prepare) => {
  await prepare();
  await write(5_000, "created");
  const { ended, read } = await expire();
  expect(ended).toBe(BATCH);
  // Each is found, locked and changed.
  expect(read).toBeLessThanOrEqual(4 * BATCH);
});

it("does not walk again over what was due before and left, from batch to batch", async () => {
  await write(3_000, "created");
  await sql.query("UPDATE marketplace.orders SET deposit_tx = '0x01', expires_at = now() - interval '2 days'");
  await write(2 * BATCH, "created");
  await sql.query(
    `UPDATE marketplace.orders AS o SET expires_at = o.expires_at + n * interval '1 second'
       FROM (SELECT id, row_number() OVER () AS n FROM marketplace.orders WHERE deposit_tx IS NULL) AS due
      WHERE due.id = o.id`,
  );
  const first = await expire();
  expect(first).toMatchObject({ ended: BATCH });
  const second = await expire(first.last);
  expect(second).toMatchObject({ ended: BATCH });
  expect(second.read).toBeLessThanOrEqual(5 * BATCH);
});
