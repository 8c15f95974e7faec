import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, eventually, type TestDatabase } from "@vigia/testkit";
import { plantCanary } from "./canary.ts";
import type { Check } from "./check.ts";
import { CHECKS, RUN_CHECKS } from "./checks/index.ts";
import { evaluate } from "./evaluate.ts";
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

async function run(
  checks: readonly Check[],
  planted: string | null = "this run",
  from: ReadonlyMap<string, string> = new Map(),
) {
  await database.query(`TRUNCATE vigia.canaries`);
  if (planted !== null) await plantCanary(database, "consistency.check", planted);
  const signal = new AbortController().signal;
  const log = { error: () => undefined } as never;
  const options = { checks, runChecks: RUN_CHECKS, run: "this run", followingGraceSeconds: 0, from, signal, log };
  const { findings, complete, pages, failed } = await evaluate(database, options);
  return {
    findings: findings.map(({ fingerprint, evidence }) => ({ fingerprint, evidence })),
    complete: [...complete],
    failed,
    pages,
  };
}

const sound = checkOf("SOUND", () => sql`SELECT 'a' AS entity_id, '{}'::jsonb AS evidence WHERE false`);
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

it("recognises its canary, and tells nobody of it", async () => {
  const own = RUN_CHECKS.map(({ code }) => code);
  expect(await run([sound])).toMatchObject({ findings: [], complete: ["SOUND", ...own], failed: [] });
  expect((await run(CHECKS)).findings).toEqual([]);
});

it.each([
  ["of another run, as a copy that lags behind has it", "the run before"],
  ["that is not there", null],
])("is blind with a canary %s: that is a finding, and no check counts as complete", async (_, planted) => {
  const { findings, complete } = await run([sound], planted);
  expect(findings).toEqual([{ fingerprint: "CANARY_NOT_FOUND:service:consistency", evidence: {} }]);
  expect(complete).not.toContain("SOUND");
  expect(complete).toContain("CANARY_NOT_FOUND");
});

it("names the checks that failed as findings", async () => {
  const { findings, complete, failed } = await run([broken, sound]);
  expect(failed).toEqual(["BROKEN"]);
  expect(complete).not.toContain("BROKEN");
  expect(complete).toContain("SOUND");
  expect(findings).toEqual([
    { fingerprint: "CHECK_INCOMPLETE:check:BROKEN", evidence: { reason: "division by zero" } },
  ]);
});

it("looks page by page where there is more than it holds at a time, and says how far it came", async () => {
  const first = await run([endless]);
  expect(first.findings).toHaveLength(10_000);
  const upTo = first.pages.get("ENDLESS")?.upTo ?? "";
  expect(first.findings.at(-1)?.fingerprint).toBe(`ENDLESS:order:${upTo}`);
  const second = await run([endless], "this run", new Map([["ENDLESS", upTo]]));
  expect(second.findings).toEqual([{ fingerprint: "ENDLESS:order:9999", evidence: {} }]);
  expect(second.pages.get("ENDLESS")).toEqual({ after: upTo, upTo: undefined });
});

it("orders entities by their bytes, as pages are told apart", async () => {
  const { findings } = await run([named], "this run", new Map([["NAMED", "B"]]));
  expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(["D", "a", "c"].map((id) => `NAMED:order:${id}`));
});

it("sees one instant, and keeps nobody who writes waiting meanwhile", async () => {
  const market = createMarketplace(database);
  const orderId = await market.trade("escrowed", "locked");
  const { changed, looking } = await database.transaction({ source: "test" }, async (holder) => {
    await holder.query("SELECT pg_advisory_xact_lock($1)", [WAITING]);
    const looking = run([waiting, ...CHECKS]);
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
  expect((await looking).findings).toEqual([]);
  const then = (await run(CHECKS)).findings.map(({ fingerprint }) => fingerprint);
  expect(then).toEqual([`AMOUNT_MISMATCH:order:${orderId}`, `AMOUNT_NOT_POSITIVE:order:${orderId}`]);
});
