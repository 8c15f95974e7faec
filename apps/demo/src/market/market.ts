import { setTimeout as sleep } from "node:timers/promises";
import { isCallException } from "ethers";
import { ACTIONS, type Hands } from "../action.ts";
import type { Log } from "../log.ts";
import type { OrderView } from "../marketplace.ts";
import { type User, usersOf } from "../users.ts";
import { decide } from "./decide.ts";
import { agreedOn, nextOrder, planOf } from "./plan.ts";

/** So many trades are under way at most; with more, no new one is begun. */
const MAX_OPEN_TRADES = 15;
/** An order that has not changed for so many steps has been given up, and no longer counts as under way. */
const STEPS_UNTIL_GIVEN_UP = 720;
const MAX_ORDERS_READ = 200;

export interface Market {
  readonly hands: Hands;
  readonly seed: string;
  readonly paceMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Runs the market until the signal: at each step it moves every trade along by at most one action, and begins another.
 * It keeps nothing in memory: a restarted market goes on with the trades that it finds.
 *
 * @throws Error when the chain or the database is away; call it again when they are back.
 */
export async function runMarket(market: Market): Promise<void> {
  const { hands, log, signal } = market;
  const users = usersOf("market", hands.chain.accounts);
  await hands.market.addUsers([...users, ...usersOf("operator", hands.chain.accounts)]);
  log({ users: users.map((user) => user.name), paceMs: market.paceMs }, "the market is open");
  while (!signal.aborted) {
    await step(market, users, new Date());
    await sleep(market.paceMs, undefined, { signal }).catch(() => undefined);
  }
}

/** One step: every open trade's next action, and a new order if there is room. */
export async function step(market: Market, users: readonly User[], now: Date): Promise<void> {
  const sellerIds = users.map((user) => user.id);
  const orders = await market.hands.market.openOrders(sellerIds, MAX_ORDERS_READ);
  const current = orders.filter((order) => idleSteps(order, now, market.paceMs) < STEPS_UNTIL_GIVEN_UP);
  for (const order of current) {
    if (market.signal.aborted) return;
    await advance(market, order, now);
  }
  // Orders that nobody deposited for wait for Vigia to end them, an hour perhaps; they take no room meanwhile.
  const underWay = current.filter((order) => order.status !== "created" || order.expiresAt > now);
  if (underWay.length < MAX_OPEN_TRADES) await beginTrade(market, users, now);
}

async function advance({ hands, log, paceMs }: Market, order: OrderView, now: Date): Promise<void> {
  const plan = planOf(order.id);
  const action = decide({
    plan,
    order: order.status,
    escrow: await hands.chain.stateOf(order.tradeKey),
    dispute: order.dispute,
    altered: order.amount !== agreedOn(order.id).amount,
    idleSteps: idleSteps(order, now, paceMs),
  });
  if (action === undefined) return;
  try {
    await ACTIONS[action](hands, order);
    log({ orderId: order.id, plan, action }, "trade moved on");
  } catch (error) {
    // One trade that cannot go on, its deadline passed perhaps, must not hold up the others.
    if (!isCallException(error)) throw error;
    log({ orderId: order.id, plan, action, error: error.shortMessage }, "the contract refused");
  }
}

async function beginTrade({ hands, seed, paceMs, log }: Market, users: readonly User[], now: Date): Promise<void> {
  const count = await hands.market.countOrders(users.map((user) => user.id));
  const { chainId, tokenAddress } = hands.chain;
  const order = nextOrder({ seed, count, users, chainId, tokenAddress, now, paceMs });
  await hands.market.addOrder(order);
  log({ orderId: order.id, plan: planOf(order.id), amount: order.amount.toString() }, "trade begun");
}

function idleSteps(order: OrderView, now: Date, paceMs: number): number {
  return Math.floor((now.getTime() - order.updatedAt.getTime()) / paceMs);
}
