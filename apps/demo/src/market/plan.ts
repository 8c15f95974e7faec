import { id as hash, ZeroAddress } from "ethers";
import { tradeKeyOf } from "../escrow-client.ts";
import type { NewOrder } from "../marketplace.ts";
import { type User, uuidOf } from "../users.ts";

/** How a trade of the demo market goes, and of a hundred trades how many go so. */
export const PLAN_WEIGHTS = {
  completed: 50,
  neverFunded: 9,
  cancelledBySeller: 6,
  cancelledByBuyer: 5,
  refunded: 8,
  disputedToBuyer: 6,
  disputedToSeller: 4,
  split: 4,
  withdrawnSilently: 3,
  amountAltered: 3,
  completedByHand: 2,
} as const;

export type Plan = keyof typeof PLAN_WEIGHTS;

const TOKEN_SHARE = 0.3;
const DRAW_RANGE = 2 ** 32;
const TENTH_OF_ETH = 10n ** 17n;
const TEN_TOKENS = 10n ** 7n;
const MAX_UNITS = 20;
/** An order that nobody deposits for is over after this many steps of the market; others have time enough. */
const PATIENCE_STEPS = 6;
const DEPOSIT_TIME_MS = 3_600_000;

/** A number from 0 up to 1, the same for the same label: nothing needs to be remembered for a restart to go on. */
export function draw(label: string): number {
  return Number.parseInt(hash(label).slice(2, 10), 16) / DRAW_RANGE;
}

/** How the trade of this order goes. */
export function planOf(orderId: string): Plan {
  const plans = Object.entries(PLAN_WEIGHTS) as [Plan, number][];
  const total = plans.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = draw(`plan ${orderId}`) * total;
  for (const [plan, weight] of plans) {
    rest -= weight;
    if (rest < 0) return plan;
  }
  return "completed";
}

/** What an order is for: whether it is in tokens or in ETH, and how much, in the smallest unit. */
export function agreedOn(orderId: string): { readonly inToken: boolean; readonly amount: bigint } {
  const inToken = draw(`asset ${orderId}`) < TOKEN_SHARE;
  const units = BigInt(1 + Math.floor(draw(`amount ${orderId}`) * MAX_UNITS));
  return { inToken, amount: units * (inToken ? TEN_TOKENS : TENTH_OF_ETH) };
}

export interface Offer {
  readonly seed: string;
  /** How many orders the market has had: with the seed it makes the order's id. */
  readonly count: number;
  readonly users: readonly User[];
  readonly chainId: number;
  readonly tokenAddress: string;
  readonly now: Date;
  readonly paceMs: number;
}

/** The market's next order: who sells what to whom, all drawn from the seed and the count. */
export function nextOrder({ seed, count, users, chainId, tokenAddress, now, paceMs }: Offer): NewOrder {
  const id = uuidOf(`order ${seed} ${count}`);
  const first = Math.floor(draw(`seller ${id}`) * users.length);
  const apart = 1 + Math.floor(draw(`buyer ${id}`) * (users.length - 1));
  const [seller, buyer] = [users[first], users[(first + apart) % users.length]];
  if (seller === undefined || buyer === undefined || seller === buyer) throw new Error("a market needs two users");
  const { inToken, amount } = agreedOn(id);
  const timeMs = planOf(id) === "neverFunded" ? PATIENCE_STEPS * paceMs : DEPOSIT_TIME_MS;
  return {
    id,
    sellerId: seller.id,
    buyerId: buyer.id,
    sellerAddress: seller.address,
    buyerAddress: buyer.address,
    chainId,
    token: inToken ? tokenAddress : ZeroAddress,
    amount,
    tradeKey: tradeKeyOf(id),
    status: "created",
    expiresAt: new Date(now.getTime() + timeMs),
  };
}
