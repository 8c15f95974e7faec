import { type Database, openDatabase } from "@vigia/database";
import { commandChanged } from "@vigia/messages";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { CHECKS, HEALABLE } from "../checks/index.ts";
import { lookOnly } from "../dry-run.ts";
import { check } from "../tasks/check.ts";
import {
  CHAIN_ID,
  CONTRACT,
  createMarketplace,
  escrowIdOf,
  hoursAgo,
  type Marketplace,
  tradeKeyOf,
} from "../testing/marketplace.ts";
import { runToEnd } from "../testing/runs.ts";
import { CASES } from "../testing/violations/index.ts";
import { healIssues } from "./heal-issues.ts";
import { healOutcomes } from "./outcomes.ts";

const RELEASED = CHECKS.filter(({ code }) => code === "ESCROW_RELEASED_ORDER_OPEN");
const MISSING = CHECKS.filter(({ code }) => code === "EVENT_MISSING");

let server: TestDatabase;
let database: Database;
let market: Marketplace;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "heal-test" });
  market = createMarketplace(database);
});
afterEach(async () => {
  await market.clear();
  await database.query("TRUNCATE vigia.issues, vigia.issue_history");
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const signal = new AbortController().signal;
const warned: unknown[] = [];
const log = { error: refuse, warn: (fields: unknown) => warned.push(fields) } as never;
const step = <T>(effect: (tx: never) => Promise<T>) =>
  database.transaction({ source: "consistency" }, (tx) => effect(tx as never));

/** Finds, and writes the issues, as a run does. */
const find = () => runToEnd(database, check({ checks: CHECKS, followingGraceSeconds: 0 }));

const heal = (checks = RELEASED) => healIssues({ step, log } as never, checks);

interface Command {
  readonly id: string;
  readonly subject: string;
  readonly payload: object;
}
async function commands(): Promise<Command[]> {
  const { rows } = await database.query<Command>(
    `SELECT id, subject, payload FROM vigia.outbox WHERE subject LIKE 'vigia.command.%' ORDER BY position`,
  );
  return rows;
}

async function history(): Promise<string[]> {
  const { rows } = await database.query<{ change: string }>("SELECT change FROM vigia.issue_history ORDER BY id");
  return rows.map(({ change }) => change);
}

async function told(): Promise<unknown[]> {
  const { rows } = await database.query(
    `SELECT payload->>'step' AS step, payload->'before' AS before, payload->'after' AS after, payload->>'reason' AS reason
       FROM vigia.outbox WHERE subject LIKE 'vigia.event.consistency-heal.%' ORDER BY position`,
  );
  return rows;
}

/** What chain-sync tells of a command. */
async function answer(
  commandId: string,
  said: object = { status: "completed", result: { moved: 1, from: "releasing", to: "completed" } },
) {
  const at = new Date().toISOString();
  const { data } = commandChanged({ target: "chain-sync", command: "follow", commandId, at, ...said } as never);
  await step((tx) => healOutcomes.handle({ data, tx } as never));
}

const releasedAndOpen = () => market.trade("releasing", "released");

it("asks the service whose the order is to move it on, and notes and tells what was found and what came of it", async () => {
  const orderId = await releasedAndOpen();
  await find();
  await heal();
  const [command, ...others] = await commands();
  expect(others).toEqual([]);
  expect(command).toMatchObject({
    subject: "vigia.command.chain-sync.follow",
    payload: { chainId: CHAIN_ID, contract: CONTRACT, escrowId: tradeKeyOf(orderId) },
  });
  // Nothing is asked for again while nothing was heard of it, nor before the check has looked again.
  await find();
  await heal();
  await answer(command?.id ?? "", { status: "accepted" });
  await answer(command?.id ?? "");
  await answer(command?.id ?? "");
  await heal();
  expect(await commands()).toHaveLength(1);
  await database.query("UPDATE marketplace.orders SET status = 'completed', ended_at = now() WHERE id = $1", [orderId]);
  await market.history(orderId, "completed");
  await find();
  await heal();
  expect(await commands()).toHaveLength(1);
  expect(await history()).toEqual(["opened", "heal_asked", "healed", "resolved"]);
  const before = { orderId, escrow: escrowIdOf(orderId), orderStatus: "releasing", escrowStatus: "released" };
  expect(await told()).toEqual([
    { step: "asked", before, after: null, reason: null },
    { step: "healed", before, after: { moved: 1, from: "releasing", to: "completed" }, reason: null },
  ]);
  const { rows } = await database.query(
    "SELECT command_id AS id, details->'before' AS before, details->'after' AS after FROM vigia.issue_history WHERE change LIKE 'heal%' ORDER BY id",
  );
  expect(rows).toEqual([
    { id: command?.id, before, after: null },
    { id: command?.id, before: null, after: { moved: 1, from: "releasing", to: "completed" } },
  ]);
});

it("does nothing where its check is not named, or somebody sees to the issue", async () => {
  await releasedAndOpen();
  await find();
  await heal([]);
  await heal(MISSING);
  await database.query("UPDATE vigia.issues SET status = 'acknowledged'");
  await heal();
  await database.query("UPDATE vigia.issues SET status = 'snoozed', snoozed_until = now() + interval '1 hour'");
  await heal();
  expect(await commands()).toEqual([]);
});

it("waits until what the chain says is final", async () => {
  await releasedAndOpen();
  await database.query("UPDATE vigia.chain_cursors SET finalized_block = 1");
  await find();
  await heal();
  expect(await commands()).toEqual([]);
  await database.query("UPDATE vigia.chain_cursors SET finalized_block = 2");
  await heal();
  expect(await commands()).toHaveLength(1);
});

it("tries three times what does not help, and leaves it to people then", async () => {
  await releasedAndOpen();
  for (let round = 0; round < 5; round += 1) {
    await find();
    await heal();
    const last = (await commands()).at(-1);
    await answer(last?.id ?? "", { status: "completed", result: { moved: 0, because: "it may not go there" } });
  }
  expect(await commands()).toHaveLength(3);
  const tries = Array.from({ length: 3 }, () => ["heal_asked", "heal_failed"]).flat();
  expect(await history()).toEqual(["opened", ...tries, "heal_given_up"]);
  expect((await told()).at(-1)).toMatchObject({ step: "given_up", reason: "3 tries within a week did not help" });
  expect((await told()).at(-2)).toMatchObject({ step: "failed", reason: "it may not go there" });
  expect(warned).toHaveLength(1);
  await database.query("UPDATE vigia.issue_history SET at = at - interval '8 days'");
  await heal();
  expect(await commands()).toHaveLength(4);
});

it("asks anew where nothing was heard for a day", async () => {
  await releasedAndOpen();
  await find();
  await heal();
  await database.query("UPDATE vigia.issue_history SET at = at - interval '23 hours'");
  await heal();
  expect(await commands()).toHaveLength(1);
  await database.query("UPDATE vigia.issue_history SET at = at - interval '2 hours'");
  await heal();
  expect(await commands()).toHaveLength(2);
});

it("asks once where it is killed in between", async () => {
  await releasedAndOpen();
  await find();
  const killed = healIssues(
    {
      log,
      step: (effect: (tx: never) => Promise<unknown>) =>
        step(async (tx) => {
          await effect(tx);
          throw new Error("killed before the commit");
        }),
    } as never,
    RELEASED,
  );
  await expect(killed).rejects.toThrow("killed");
  expect([await commands(), await told(), await history()]).toEqual([[], [], ["opened"]]);
  await heal();
  await heal();
  expect([(await commands()).length, (await told()).length, await history()]).toEqual([1, 1, ["opened", "heal_asked"]]);
});

it("has a block read again once, however many of its logs are missing, and the open end from the lowest", async () => {
  await market.trade("escrowed", "locked");
  const log = { chain_id: CHAIN_ID, contract: CONTRACT, transaction_hash: "0x07", event: "EscrowFunded" };
  for (const [block_number, log_index] of [
    [1, 77],
    [1, 78],
    [2, 79],
  ]) {
    await market.insert("vigia.missing_logs", { ...log, block_number, log_index });
  }
  await database.query("UPDATE vigia.chain_logs SET block_hash = '0x0f' WHERE block_number IN (1, 2)");
  await find();
  await heal(CHECKS.filter(({ code }) => code === "EVENT_MISSING" || code === "EVENT_ORPHANED"));
  expect((await commands()).map(({ subject, payload }) => ({ subject, payload }))).toEqual(
    [
      { chainId: CHAIN_ID, fromBlock: 1, toBlock: 1 },
      { chainId: CHAIN_ID, fromBlock: 2, toBlock: 2 },
      { chainId: CHAIN_ID, contract: CONTRACT, fromBlock: 1 },
    ].map((payload) => ({ subject: "vigia.command.chain-sync.resync", payload })),
  );
  const { rows } = await database.query(
    "SELECT count(DISTINCT command_id) AS given, count(*) AS noted FROM vigia.issue_history WHERE change = 'heal_asked'",
  );
  expect(rows).toEqual([{ given: 3, noted: 5 }]);
});

it("has an order's event that nobody saw to told again, the same one", async () => {
  const orderId = await market.order("escrowed", { trade_key: null });
  const event = { id: "moved", subject: `vigia.event.order.escrowed.${orderId}`, source: "cleanup", aggregate: "a" };
  const payload = JSON.stringify({ orderId });
  await market.insert("vigia.outbox", { ...event, headers: "{}", payload, relayed_at: hoursAgo(0.5) });
  const handled = { consumer: "notifications-orders", message_id: "handled" };
  await market.insert("vigia.outbox", { ...event, id: "handled", headers: "{}", payload, relayed_at: hoursAgo(0.5) });
  await market.insert("vigia.handled_messages", handled);
  await find();
  await heal(CHECKS.filter(({ code }) => code === "NOTIFICATION_MISSING"));
  const { rows } = await database.query("SELECT id FROM vigia.outbox WHERE relayed_at IS NULL AND source = 'cleanup'");
  expect(rows).toEqual([{ id: "moved" }]);
  expect((await history()).filter((change) => change !== "opened")).toEqual(["heal_asked", "healed"]);
  expect((await told()).at(-1)).toMatchObject({ step: "healed", after: { toldAgain: 1 } });
});

/** What is done about the violation that each check's tests have of it. */
const PLANS: Readonly<Record<string, object | undefined>> = {
  ORDER_ESCROW_MISSING: { gives: "chain-sync.resync", data: { chainId: CHAIN_ID, fromBlock: 0 } },
  ESCROW_RELEASED_ORDER_OPEN: { gives: "chain-sync.follow" },
  ESCROW_REFUNDED_ORDER_OPEN: { gives: "chain-sync.follow" },
  ESCROW_FUNDED_ORDER_WAITING: { gives: "chain-sync.follow" },
  // The escrow of that one is not in dispute.
  DISPUTE_ORDER_WRONG_STATE: undefined,
  CHAIN_ESCROW_UNKNOWN: { gives: "chain-sync.resync", data: { contract: CONTRACT, toBlock: expect.any(Number) } },
  DB_ESCROW_NOT_CANONICAL: { gives: "chain-sync.resync", data: { contract: CONTRACT } },
  EVENT_MISSING: { gives: "chain-sync.resync", data: { fromBlock: 1, toBlock: 1 } },
  EVENT_ORPHANED: { gives: "chain-sync.resync", data: { contract: CONTRACT } },
  EVENT_DUPLICATE: { gives: "chain-sync.resync", data: { contract: CONTRACT } },
  EVENT_UNAPPLIED: { gives: "chain-sync.resync", data: { contract: CONTRACT, toBlock: expect.any(Number) } },
  CURSOR_GAP: { gives: "chain-sync.resync", data: { contract: CONTRACT } },
  NOTIFICATION_MISSING: { tellsAgain: [expect.any(String)] },
};

describe("a dry run", () => {
  const look = (codes: readonly string[], heals: readonly string[]) =>
    lookOnly(database, { ...{ codes, heals, deep: true, followingGraceSeconds: 0, configured: {} }, signal, log });

  it("has a plan for each check that can be healed, and for none else", () => {
    expect(HEALABLE).toEqual(Object.keys(PLANS));
  });

  it.each(
    CASES.filter(({ code }) => code in PLANS).map((each) => ({ way: "", ...each })),
  )("shows what would be done about $code $way, and does nothing", async ({ code, violate }) => {
    await violate(market);
    const { found } = await look([code], [code]);
    const heal = PLANS[code];
    expect(found[0]).toMatchObject({ check: code, ...(heal ? { heal: { ...heal, isOn: true } } : {}) });
    if (!heal) expect(found[0]).not.toHaveProperty("heal");
    expect((await look([code], [])).found[0]?.heal?.isOn).toBe(heal && false);
    expect([await history(), await commands()]).toEqual([[], []]);
  });

  it("moves an order to its dispute only where the chain has that too", async () => {
    const orderId = await market.trade("payment_sent", "disputed");
    await market.dispute(orderId, "opened");
    const { found } = await look(["DISPUTE_ORDER_WRONG_STATE"], []);
    expect(found[0]?.heal).toMatchObject({ gives: "chain-sync.follow", data: { escrowId: tradeKeyOf(orderId) } });
  });
});

function refuse(fields: object): never {
  throw new Error("a check failed", { cause: fields });
}
