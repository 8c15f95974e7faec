import { createHash } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, createRandom, type Random, seedOfRun, type TestDatabase } from "@vigia/testkit";
import { CHECKS } from "./checks/index.ts";
import { deepCheck } from "./tasks/check.ts";
import { look, type Seen } from "./testing/look.ts";
import { createMarketplace } from "./testing/marketplace.ts";
import { type Planted, plantSome } from "./testing/plants.ts";
import { multiply } from "./testing/population.ts";
import { runToEnd } from "./testing/runs.ts";
import { addSoundTrades } from "./testing/sound-trades.ts";
import { startWriters } from "./testing/writers.ts";

/** `npm run test:consistency -- --seed S --orders N` sets both. */
const SEED = seedOfRun();
const ORDERS = Number(process.env.CONSISTENCY_TEST_ORDERS ?? 20_000);
const MOST_OF_A_KIND = 5;
const LOOKS_AT_WRITERS = 3;
const MINUTES_MS = 60_000;

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "precision" });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

/** The same ids for the same seed. */
function idsOf(seed: number): () => string {
  let n = 0;
  return () => {
    n += 1;
    const hash = createHash("md5").update(`${seed} ${n}`).digest("hex");
    return hash.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
}

/** Runs the deep check, each of whose tries is killed somewhere but the last, and gives what is open then. */
async function checkAmongKills(random: Random): Promise<{ open: Seen[]; tries: number }> {
  const deathOf = () => ({ step: random.int(1, CHECKS.length), isCommitted: random.chance(0.5) });
  const { tries } = await runToEnd(database, deepCheck({ checks: CHECKS, followingGraceSeconds: 0 }), { deathOf });
  const { rows } = await database.query<Seen>(
    `SELECT check_code AS "check", entity_id AS "entityId" FROM vigia.issues WHERE status = 'open'`,
  );
  return { open: rows, tries };
}

/** How often it was told that an issue became so. */
async function timesTold(change: string): Promise<string[]> {
  const { rows } = await database.query<{ fingerprint: string }>(
    `SELECT payload->>'fingerprint' AS fingerprint FROM vigia.outbox
      WHERE subject LIKE 'vigia.event.consistency-issue.%' AND payload->>'change' = $1`,
    [change],
  );
  return rows.map(({ fingerprint }) => fingerprint);
}

/** Takes each second trade away, with all that is on record of it, and gives what is left. */
async function forgetSome(planted: readonly Planted[]): Promise<Planted[]> {
  const orders = planted.filter((_, index) => index % 2 === 0).map(({ orderId }) => orderId);
  const keys = "(SELECT trade_key FROM marketplace.orders WHERE id = ANY($1::uuid[]))";
  for (const statement of [
    `DELETE FROM vigia.chain_logs WHERE escrow_id IN ${keys}`,
    `DELETE FROM vigia.escrow_transitions WHERE escrow_id IN ${keys}`,
    "DELETE FROM vigia.escrows WHERE order_id = ANY($1::uuid[])",
    "DELETE FROM marketplace.disputes WHERE order_id = ANY($1::uuid[])",
    "DELETE FROM marketplace.order_history WHERE order_id = ANY($1::uuid[])",
    "DELETE FROM marketplace.orders WHERE id = ANY($1::uuid[])",
  ]) {
    await database.query(statement, [orders]);
  }
  return planted.filter(({ orderId }) => !orders.includes(orderId));
}

const inOrder = (seen: readonly Seen[]) => seen.map(({ check, entityId }) => `${check} ${entityId}`).sort();

it(
  `finds nothing among ${ORDERS} sound orders while others work on them, then each violation once, whatever kills come in between (seed ${SEED})`,
  async () => {
    const random = createRandom(SEED);
    const market = createMarketplace(database, idsOf(SEED));
    await addSoundTrades(market);
    const { rows } = await database.query<{ trades: number }>("SELECT count(*) AS trades FROM marketplace.orders");
    await multiply(database, Math.ceil(ORDERS / Number(rows[0]?.trades)) - 1);
    expect(await look(database, 0)).toEqual({ told: [], explained: [] });

    const writers = startWriters(database, random);
    for (let looks = 0; looks < LOOKS_AT_WRITERS; looks += 1) {
      const before = writers.moved();
      expect(await look(database, 0)).toEqual({ told: [], explained: [] });
      expect(writers.moved()).toBeGreaterThan(before);
    }
    await writers.stop();

    const planted = await plantSome(database, random, MOST_OF_A_KIND);
    const { told, explained } = await look(database, 0);
    expect(inOrder(told)).toEqual(inOrder(planted));
    expect(new Set(explained.map(({ check }) => check))).toEqual(
      new Set(["STATUS_HISTORY_MISMATCH", "TIMESTAMPS_IMPOSSIBLE"]),
    );

    await database.query("TRUNCATE vigia.outbox");
    const { open, tries } = await checkAmongKills(random);
    expect(inOrder(open)).toEqual(inOrder(planted));
    const opened = await timesTold("opened");
    expect(opened).toHaveLength(planted.length);
    expect(new Set(opened).size).toBe(planted.length);

    const left = await forgetSome(planted);
    const then = await checkAmongKills(random);
    expect(inOrder(then.open)).toEqual(inOrder(left));
    expect(await timesTold("opened")).toHaveLength(planted.length);
    const resolved = await timesTold("resolved");
    expect(resolved).toHaveLength(planted.length - left.length);
    expect(new Set(resolved).size).toBe(resolved.length);
    expect(tries + then.tries).toBeGreaterThan(2);
  },
  30 * MINUTES_MS,
);
