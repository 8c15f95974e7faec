import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ZeroAddress } from "ethers";
import { Pool } from "pg";
import { ACTIONS, disputeIdOf, type Hands } from "../action.ts";
import { openEscrowClient, tradeKeyOf } from "../escrow-client.ts";
import type { Log } from "../log.ts";
import { marketplace, type NewOrder, type Order, type Sql } from "../marketplace.ts";
import { type User, usersOf } from "../users.ts";
import type { Expectations, ExpectedEscrow, ExpectedFinding } from "./expectations.ts";
import { countLogs, type Step, TALES, type Tale } from "./tales.ts";

const POOL_SIZE = 8;
const POLL_INTERVAL_MS = 100;
const DEFAULT_WAIT_LIMIT_MS = 120_000;
const DEPOSIT_TIME_MS = 3_600_000;
const HOUR_MS = 3_600_000;
const AMOUNT = { ETH: 10n ** 18n, "ERC-20": 25n * 10n ** 6n } as const;

export interface ScriptOptions {
  readonly databaseUrl: string;
  readonly rpcUrl: string;
  readonly escrowAddress: string;
  readonly tokenAddress: string;
  readonly log: Log;
  /** How long one step may wait for Vigia to have followed the chain; 120,000 unless told. */
  readonly waitLimitMs?: number;
  readonly signal?: AbortSignal;
}

interface Stage {
  readonly hands: Hands;
  readonly sql: Sql;
  readonly seller: User;
  readonly buyer: User;
  readonly log: Log;
  readonly waitLimitMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Plays every tale of the script, side by side, and returns what must be seen after it. Vigia must be running: most
 * tales wait for their order to follow the chain before they go on. May be played again on the same database.
 *
 * @throws AggregateError with the tales that could not be played to their end.
 */
export async function runScript(options: ScriptOptions): Promise<Expectations> {
  const chain = await openEscrowClient(options);
  const pool = new Pool({ connectionString: options.databaseUrl, max: POOL_SIZE, application_name: "demo-script" });
  try {
    const [seller, buyer] = usersOf("script", chain.accounts);
    if (seller === undefined || buyer === undefined) throw new Error("the script needs a seller and a buyer");
    const hands = { chain, market: marketplace(pool) };
    await hands.market.addUsers([seller, buyer, ...usersOf("operator", chain.accounts)]);
    const { log, signal, waitLimitMs = DEFAULT_WAIT_LIMIT_MS } = options;
    return await playAll({ hands, sql: pool, seller, buyer, log, waitLimitMs, signal });
  } finally {
    chain.close();
    await pool.end();
  }
}

async function playAll(stage: Stage): Promise<Expectations> {
  const played = await Promise.allSettled([
    ...TALES.map((tale) => play(stage, tale)),
    plantEscrowWithoutOrder(stage),
    plantDisputeWithoutOrder(stage),
  ]);
  const failures = played.filter((each) => each.status === "rejected").map((each) => each.reason);
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("; "));
  const parts = played.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  return {
    orders: parts.flatMap((part) => part.orders),
    escrows: parts.flatMap((part) => part.escrows),
    findings: parts.flatMap((part) => part.findings),
    notifications: parts.flatMap((part) => part.notifications),
    healthy: parts.flatMap((part) => part.healthy),
  };
}

function orderOf({ hands, seller, buyer }: Stage, { asset, begins }: Tale): NewOrder {
  const id = randomUUID();
  return {
    id,
    sellerId: seller.id,
    buyerId: buyer.id,
    sellerAddress: seller.address,
    buyerAddress: buyer.address,
    chainId: hands.chain.chainId,
    token: asset === "ETH" ? ZeroAddress : hands.chain.tokenAddress,
    amount: AMOUNT[asset],
    tradeKey: tradeKeyOf(id),
    status: begins,
    expiresAt: new Date(Date.now() + DEPOSIT_TIME_MS),
  };
}

async function play(stage: Stage, tale: Tale): Promise<Expectations> {
  const { hands, log } = stage;
  const order = orderOf(stage, tale);
  await hands.market.addOrder(order);
  log({ orderId: order.id, tale: tale.title }, "tale begun");
  for (const step of tale.steps) {
    await perform(stage, step, { ...order, updatedAt: new Date() }).catch((error) => {
      throw new Error(`"${tale.title}" stopped at ${JSON.stringify(step)}: ${error.message}`, { cause: error });
    });
  }
  if (tale.finding !== undefined) await age(stage.sql, order.id);
  log({ orderId: order.id, tale: tale.title }, "tale told");
  return expectationsOf(stage, tale, order);
}

async function perform(stage: Stage, step: Step, order: Order): Promise<void> {
  const { hands, sql } = stage;
  if (typeof step === "object") {
    await until(stage, `the order is ${step.untilOrder}`, async () => {
      return (await hands.market.orderStatus(order.id)) === step.untilOrder;
    });
  } else if (step === "untilRecorded") {
    await until(stage, "its escrow has a row", async () => {
      const { rows } = await sql.query("SELECT FROM vigia.escrows WHERE escrow_id = $1", [order.tradeKey]);
      return rows.length > 0;
    });
  } else if (step === "createUnannounced") {
    await hands.chain.create(order);
  } else if (step === "letExpire") {
    await hands.market.setExpiry(order.id, new Date(Date.now() - HOUR_MS));
  } else {
    await ACTIONS[step](hands, order);
  }
}

async function until(stage: Stage, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + stage.waitLimitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${stage.waitLimitMs} ms in vain until ${what}`);
    await sleep(POLL_INTERVAL_MS, undefined, stage.signal === undefined ? {} : { signal: stage.signal });
  }
}

/** Makes what was planted as old as if it had been so for an hour: no check has to wait for its grace to pass. */
async function age(sql: Sql, orderId: string): Promise<void> {
  await sql.query(
    `UPDATE marketplace.orders SET created_at = created_at - interval '1 hour', updated_at = updated_at - interval '1 hour'
      WHERE id = $1`,
    [orderId],
  );
  await sql.query(
    `UPDATE marketplace.disputes SET opened_at = opened_at - interval '1 hour', updated_at = updated_at - interval '1 hour'
      WHERE order_id = $1`,
    [orderId],
  );
}

async function plantEscrowWithoutOrder({ hands, seller, buyer }: Stage): Promise<Expectations> {
  const tale = "planted: an escrow that belongs to no order";
  const terms = {
    tradeKey: tradeKeyOf(randomUUID()),
    sellerAddress: seller.address,
    buyerAddress: buyer.address,
    token: ZeroAddress,
    amount: AMOUNT.ETH,
  };
  await hands.chain.create(terms);
  await hands.chain.fund(terms);
  const escrow: ExpectedEscrow = { tale, escrowId: terms.tradeKey, status: "funded", source: "event", logs: 2 };
  const finding: ExpectedFinding = { tale, check: "ESCROW_ORDER_MISSING", entityId: terms.tradeKey };
  return { orders: [], escrows: [escrow], findings: [finding], notifications: [], healthy: [] };
}

async function plantDisputeWithoutOrder({ hands, sql, buyer }: Stage): Promise<Expectations> {
  const tale = "planted: a dispute about an order that is not there";
  const orderId = randomUUID();
  const id = disputeIdOf(orderId);
  await hands.market.openDispute({ id, orderId, openedBy: buyer.id });
  await age(sql, orderId);
  const finding: ExpectedFinding = { tale, check: "DISPUTE_ORDER_MISSING", entityId: id };
  return { orders: [], escrows: [], findings: [finding], notifications: [], healthy: [] };
}

function expectationsOf(stage: Stage, tale: Tale, order: NewOrder): Expectations {
  const { title, escrow, finding, steps } = tale;
  const ids = { order: order.id, escrow: order.tradeKey, dispute: disputeIdOf(order.id) };
  return {
    orders: [{ tale: title, orderId: order.id, status: tale.order }],
    escrows: escrow ? [{ tale: title, escrowId: order.tradeKey, ...escrow, logs: countLogs(steps) }] : [],
    findings: finding ? [{ tale: title, check: finding.check, entityId: ids[finding.on] }] : [],
    notifications: tale.told.map((party) => {
      const user = stage[party];
      return { tale: title, userId: user.id, userName: user.name, orderId: order.id };
    }),
    healthy: Object.values(ids).filter((id) => id !== (finding && ids[finding.on])),
  };
}
