import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, eventually, type TestDatabase } from "@vigia/testkit";
import type { Check } from "./check.ts";
import { CHECKS } from "./checks/index.ts";
import { type Look, lookWith, prepare } from "./evaluate.ts";
import { type Sql, sql } from "./sql.ts";
import { createMarketplace } from "./testing/marketplace.ts";

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "evaluate" });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

function checkOf(code: string, query: () => Sql): Check {
  const words = { meaning: "it is wrong", why: "It matters.", remedy: "Repair it." };
  return { code, severity: "high", ...words, entityType: "order", graceSeconds: 0, inhibits: [], query };
}

/** Has checks look in one view, one after the other, after an entity. */
async function lookAll(checks: readonly Check[], after?: string) {
  const options = { now: new Date(), followingGraceSeconds: 0, log: { error: () => undefined } as never };
  const looks = await database.snapshot(async (view) => {
    await prepare(view);
    const taken: Look[] = [];
    for (const check of checks) taken.push(await lookWith(view, check, options, after));
    return taken;
  });
  return looks.map(({ findings, ...look }) => ({ ...look, found: findings.map(({ fingerprint }) => fingerprint) }));
}

async function findWith(checks: readonly Check[]): Promise<string[]> {
  return (await lookAll(checks)).flatMap(({ found }) => found);
}

const broken = checkOf("BROKEN", () => sql`SELECT 1 / 0 AS entity_id, '{}'::jsonb AS evidence`);
const endless = checkOf(
  "ENDLESS",
  () => sql`SELECT n AS entity_id, '{}'::jsonb AS evidence FROM generate_series(1, 10001) AS n`,
);
/** Goes on only when nobody else has this lock any more. */
const WAITING = 4_711;
const waiting = checkOf(
  "WAITING",
  () => sql`SELECT 'a' AS entity_id, '{}'::jsonb AS evidence WHERE pg_advisory_xact_lock_shared(${WAITING}) IS NULL`,
);
const WAITS = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${WAITING} AND NOT granted`;
const TABLES = `SELECT oid::regclass::text AS name FROM pg_class
                 WHERE relkind = 'r' AND relnamespace IN ('marketplace'::regnamespace, 'vigia'::regnamespace)`;
const named = checkOf(
  "NAMED",
  () => sql`SELECT id AS entity_id, '{}'::jsonb AS evidence FROM unnest(ARRAY['a', 'B', 'c', 'D']) AS id`,
);

it("goes on in the same view after a check that failed, and says why it did", async () => {
  const [failed, then] = await lookAll([broken, named]);
  expect(failed).toMatchObject({ found: [], failure: "division by zero" });
  expect(then?.found).toHaveLength(4);
  expect(then?.failure).toBeUndefined();
});

it("looks page by page where there is more than it holds at a time, and says how far it came", async () => {
  const [first] = await lookAll([endless]);
  expect(first?.found).toHaveLength(10_000);
  const upTo = first?.range.upTo ?? "";
  expect(first?.found.at(-1)).toBe(`ENDLESS:order:${upTo}`);
  const [second] = await lookAll([endless], upTo);
  expect(second).toMatchObject({ found: ["ENDLESS:order:9999"], range: { after: upTo, upTo: undefined } });
});

it("orders entities by their bytes, as pages are told apart", async () => {
  const [look] = await lookAll([named], "B");
  expect(look?.found).toEqual(["D", "a", "c"].map((id) => `NAMED:order:${id}`));
});

it("sees one instant, and keeps nobody who writes waiting meanwhile", async () => {
  const market = createMarketplace(database);
  const orderId = await market.trade("escrowed", "locked");
  const { changed, looking } = await database.transaction({ source: "test" }, async (holder) => {
    await holder.query("SELECT pg_advisory_xact_lock($1)", [WAITING]);
    const looking = findWith([waiting, ...CHECKS]);
    await eventually(async () => (await database.query(WAITS)).rowCount > 0);
    const { rowCount } = await database.transaction({ source: "test" }, async (tx) => {
      const { rows } = await tx.query<{ name: string }>(TABLES);
      for (const { name } of rows) await tx.query(`LOCK TABLE ${name} IN ROW EXCLUSIVE MODE NOWAIT`);
      await tx.query("SELECT FROM marketplace.orders FOR UPDATE NOWAIT");
      return tx.query("UPDATE marketplace.orders SET amount = 0 WHERE id = $1", [orderId]);
    });
    return { changed: rowCount, looking };
  });
  expect(changed).toBe(1);
  expect(await looking).toEqual([]);
  expect((await findWith(CHECKS)).sort()).toEqual([
    `AMOUNT_MISMATCH:order:${orderId}`,
    `AMOUNT_NOT_POSITIVE:order:${orderId}`,
  ]);
});
