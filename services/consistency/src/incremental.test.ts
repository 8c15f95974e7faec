import { type Database, openDatabase } from "@vigia/database";
import { ESCROW_STATUSES, ORDER_STATUSES } from "@vigia/messages";
import { createDatabase, createRandom, eventually, type Random, seedOfRun, type TestDatabase } from "@vigia/testkit";
import type { Check } from "./check.ts";
import { CHECKS } from "./checks/index.ts";
import { sql } from "./sql.ts";
import { check } from "./tasks/check.ts";
import { CHAIN_ID, createMarketplace, type Marketplace } from "./testing/marketplace.ts";
import { PLANTS } from "./testing/plants.ts";
import { multiply } from "./testing/population.ts";
import { runToEnd } from "./testing/runs.ts";
import { addSoundTrades } from "./testing/sound-trades.ts";

const SEED = seedOfRun();
const ROUNDS = 6;
const CHANGES = 25;
const GRACE_SECONDS = 600;

let server: TestDatabase;
let database: Database;
let market: Marketplace;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "incremental" });
  market = createMarketplace(database);
});
afterEach(async () => {
  await market.clear();
  await database.query("TRUNCATE vigia.issues, vigia.issue_history, vigia.withheld_findings, vigia.changes");
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

interface RunOptions {
  readonly random?: Random;
  readonly graceSeconds?: number;
  readonly checks?: readonly Check[];
  readonly view?: Database;
  /** While a transaction of the test's own is under way. */
  readonly amid?: boolean;
}

/** Other tests' transactions in the same cluster keep what changed since they began from being forgotten. */
async function othersHaveEnded(): Promise<void> {
  const { rowCount } = await database.query(
    "SELECT FROM vigia.changes WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) LIMIT 1",
  );
  expect(rowCount).toBe(0);
}

async function run({ random, graceSeconds = 0, checks = CHECKS, view = database, amid = false }: RunOptions = {}) {
  if (!amid) await eventually(othersHaveEnded, { timeoutMs: 40_000 });
  const deathOf = () =>
    random?.chance(0.3) ? { step: random.int(1, checks.length), isCommitted: random.chance(0.5) } : undefined;
  const { result } = await runToEnd(database, check({ checks, followingGraceSeconds: graceSeconds }), {
    deathOf,
    view,
  });
  return result ?? {};
}

/** As at the first run: nobody knows what has been seen. */
async function runWhole(graceSeconds = 0) {
  await database.query("UPDATE vigia.canaries SET seen_whole = NULL");
  return run({ graceSeconds });
}

async function rowsOf(query: string): Promise<object[]> {
  return (await database.query(query)).rows;
}

const outcome = async () => ({
  issues: await rowsOf("SELECT fingerprint, status, evidence FROM vigia.issues ORDER BY fingerprint"),
  withheld: await rowsOf("SELECT * FROM vigia.withheld_findings ORDER BY check_code, entity_id"),
});

/** What may befall an order `$1`, with another one `$2` by its side, and random words `$3` and `$4`. */
const EVENTS: readonly string[] = [
  ...PLANTS.map(({ spoil }) => spoil),
  "UPDATE marketplace.orders SET status = $3, updated_at = now() WHERE id = $1",
  "UPDATE marketplace.orders SET amount = 1000000000000000000000 WHERE id = $1",
  "UPDATE marketplace.orders SET trade_key = (SELECT trade_key FROM marketplace.orders WHERE id = $2) WHERE id = $1",
  "UPDATE marketplace.orders SET trade_key = NULL WHERE id = $1",
  "DELETE FROM marketplace.orders WHERE id = $1",
  "DELETE FROM marketplace.order_history WHERE order_id = $1",
  "UPDATE marketplace.disputes SET order_id = $2 WHERE order_id = $1",
  "UPDATE marketplace.disputes SET status = 'executed', winner_id = $2 WHERE order_id = $1",
  `INSERT INTO marketplace.disputes (id, order_id, opened_by, status) VALUES (gen_random_uuid(), $1, $2, 'opened')`,
  "UPDATE vigia.escrows SET order_id = $2 WHERE order_id = $1",
  "UPDATE vigia.escrows SET order_id = NULL WHERE order_id = $1",
  "UPDATE vigia.escrows SET status = $4, status_since = now() WHERE order_id = $1",
  "UPDATE vigia.escrows SET updated_log = -1 WHERE order_id = $1",
  "UPDATE vigia.escrows SET contract = '0xother' WHERE order_id = $1",
  "DELETE FROM vigia.escrows WHERE order_id = $1",
  "DELETE FROM vigia.chain_logs WHERE escrow_id = (SELECT trade_key FROM marketplace.orders WHERE id = $1)",
  `UPDATE vigia.chain_logs SET recorded_at = now(), block_number = block_number + 5
    WHERE escrow_id = (SELECT trade_key FROM marketplace.orders WHERE id = $1)`,
  `UPDATE vigia.escrow_transitions SET to_status = $4
    WHERE escrow_id = (SELECT trade_key FROM marketplace.orders WHERE id = $1)`,
];

async function changeSomething(random: Random, orders: readonly string[]): Promise<void> {
  const words = [random.pick(orders), random.pick(orders), random.pick(ORDER_STATUSES), random.pick(ESCROW_STATUSES)];
  const statement = random.pick(EVENTS);
  // Postgres wants each parameter to be used: those that are not are given up from the last one on.
  const used = [1, 2, 3, 4].filter((place) => statement.includes(`$${place}`));
  const text = used.reduce((said, place, index) => said.replaceAll(`$${place}`, `$${index + 1}`), statement);
  await database.query(
    text,
    used.map((place) => words[place - 1]),
  );
}

it(`finds, of trades that change at random and with kills in between, what a look at all finds (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  await addSoundTrades(market);
  await multiply(database, 5);
  const orders = (await database.query<{ id: string }>("SELECT id FROM marketplace.orders ORDER BY id")).rows;
  const ids = orders.map(({ id }) => id);
  expect(await run()).toMatchObject({ opened: 0, changedTrades: undefined });
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (let change = 0; change < CHANGES; change += 1) await changeSomething(random, ids);
    const graceSeconds = random.pick([0, GRACE_SECONDS]);
    expect(await run({ random, graceSeconds })).toEqual(expect.objectContaining({ changedTrades: expect.any(Number) }));
    const found = await outcome();
    const whole = await runWhole(graceSeconds);
    expect({ round, ...(await outcome()) }).toEqual({ round, ...found });
    expect(whole).toMatchObject({ opened: 0, updated: 0, reopened: 0, resolved: 0 });
  }
});

it("looks at what commits late, during a run or after it, though what began later has been seen", async () => {
  const early = await market.order("created");
  const late = await market.order("created");
  const meanwhile = await market.order("created");
  await run();
  const spoil = "UPDATE marketplace.orders SET amount = 0 WHERE id = $1";
  await database.transaction({ source: "test" }, async (tx) => {
    await tx.query("SET LOCAL idle_in_transaction_session_timeout = 0");
    await tx.query(spoil, [late]);
    await database.query(spoil, [early]);
    // Once its view is taken, and before it ends.
    const snapshot: Database["snapshot"] = (work) =>
      database.snapshot(async (view) => {
        await view.query("SELECT FROM vigia.changes");
        await database.query(spoil, [meanwhile]);
        return work(view);
      });
    const view = { ...database, snapshot };
    expect(await run({ view, amid: true })).toMatchObject({ opened: 1, changedTrades: expect.any(Number) });
    expect(await run({ amid: true })).toMatchObject({ opened: 1, open: 2, changedTrades: expect.any(Number) });
  });
  expect(await run()).toMatchObject({ opened: 1, open: 3, changedTrades: expect.any(Number) });
  expect(await run()).toMatchObject({ opened: 0, open: 3, changedTrades: 3 });
});

it("looks again, without a change, at what was too young, was put off, or could not be looked at", async () => {
  const failing: Check = {
    ...(CHECKS.find(({ code }) => code === "AMOUNT_NOT_POSITIVE") as Check),
    query: ({
      among,
    }) => sql`SELECT id AS entity_id, jsonb_build_object('orderId', id) AS evidence FROM marketplace.orders
                               WHERE ${among.orders(sql`id`)} AND 1 / (SELECT count(*) FROM marketplace.users) = 1 AND amount = 0`,
  };
  const checks = [...CHECKS.filter(({ code }) => code !== failing.code), failing];
  const graceSeconds = 86_400;
  await database.query("INSERT INTO marketplace.users (id, name, address) VALUES (gen_random_uuid(), 'a', '0x01')");
  await run({ checks, graceSeconds });

  const young = await market.order("escrowed");
  expect(await run({ checks, graceSeconds })).toMatchObject({ opened: 0, changedTrades: 1 });
  expect(await run({ checks })).toMatchObject({ opened: 1, changedTrades: 1 });

  await database.query("UPDATE vigia.issues SET status = 'snoozed', snoozed_until = now() + interval '1 h'");
  expect(await run({ checks })).toMatchObject({ reopened: 0, changedTrades: 1 });
  await database.query("UPDATE vigia.issues SET snoozed_until = now()");
  expect(await run({ checks })).toMatchObject({ reopened: 1, changedTrades: 1 });

  await database.query("DELETE FROM marketplace.users");
  await database.query("UPDATE marketplace.orders SET amount = 0 WHERE id = $1", [young]);
  expect(await run({ checks })).toMatchObject({ failedChecks: [failing.code] });
  await database.query("INSERT INTO marketplace.users (id, name, address) VALUES (gen_random_uuid(), 'a', '0x01')");
  expect(await run({ checks })).toMatchObject({ opened: 1, failedChecks: [], changedTrades: 1 });
});

it("looks at all where it is not noted what changes, and where more may have changed than is noted", async () => {
  const orderId = await market.order("created");
  await run();
  expect(await run()).toMatchObject({ changedTrades: 0 });
  await database.query("ALTER TABLE marketplace.orders DISABLE TRIGGER vigia_notes_change");
  await database.query("UPDATE marketplace.orders SET amount = 0 WHERE id = $1", [orderId]);
  expect(await run()).toMatchObject({ opened: 1, changedTrades: undefined });
  await database.query("ALTER TABLE marketplace.orders ENABLE TRIGGER vigia_notes_change");
  expect(await run()).toMatchObject({ changedTrades: 1 });
  await market.insert("vigia.downtimes", {
    started_at: new Date(0),
    ended_at: new Date(1),
    cause: "told",
    reason: "test",
  });
  expect(await run()).toMatchObject({ changedTrades: undefined });
  await database.query("UPDATE marketplace.orders SET amount = 1 WHERE id = $1", [orderId]);
  expect(await run()).toMatchObject({ resolved: 1, changedTrades: 1 });
  await database.query(
    `INSERT INTO marketplace.order_history (order_id, to_status, actor)
     SELECT id, status, 'test' FROM marketplace.orders CROSS JOIN generate_series(1, 1001)`,
  );
  expect(await run()).toMatchObject({ changedTrades: undefined });
});

it("looks at changed trades alone while the chain is read on without a gap", async () => {
  const followed = { chainId: CHAIN_ID, contract: "0xread-on", confirmations: 0 };
  const read = (blockNumber: number) =>
    database.transaction({ source: "test" }, async ({ chain }) => {
      const cursor = await chain.lockCursor(followed, 0);
      await chain.moveCursor(followed, { ...cursor, blockNumber, headNumber: blockNumber });
    });
  await read(1);
  await run();
  await read(2);
  expect(await run()).toMatchObject({ changedTrades: 0 });
  // The chain was not read for so long that expiries change with it.
  await database.query("UPDATE vigia.chain_cursors SET updated_at = now() - interval '1 hour'");
  await read(3);
  expect(await run()).toMatchObject({ changedTrades: undefined });
});
