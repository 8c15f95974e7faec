import type { EscrowClient } from "./escrow-client.ts";
import type { Marketplace, Order } from "./marketplace.ts";
import { uuidOf } from "./users.ts";

/** What the marketplace's backend and its users have to act with. */
export interface Hands {
  readonly chain: EscrowClient;
  readonly market: Marketplace;
}

type Act = (hands: Hands, order: Order) => Promise<unknown>;

/** The order's amount is made wrong by this much; taking it off again makes it right. */
const ALTERATION = 1n;

/**
 * All that can be done with a trade. Each action is one write, to the chain or to the tables, so that a marketplace that
 * is killed finds every trade where it can go on. What follows from the chain (`escrowed`, `disputed`, `completed`,
 * `refunded`, ...) is nobody's action here: Vigia moves the order.
 */
export const ACTIONS = {
  announceDeposit: ({ market }, { id }) =>
    market.moveOrder(id, "created", "deposit_pending", "seller", "deposit begun"),
  createEscrow: async ({ chain, market }, order) =>
    await market.setTransaction(order.id, "deposit_tx", await chain.create(order)),
  fund: ({ chain }, order) => chain.fund(order),
  lock: ({ chain }, order) => chain.call("lock", order),
  sendPayment: ({ market }, { id }) =>
    market.moveOrder(id, "escrowed", "payment_sent", "buyer", "paid outside the chain"),
  startRelease: ({ market }, { id }) => market.moveOrder(id, "payment_sent", "releasing", "seller", "payment received"),
  release: async ({ chain, market }, order) =>
    await market.setTransaction(order.id, "payout_tx", await chain.call("release", order)),
  refund: ({ chain }, order) => chain.call("refund", order),
  cancelByBuyer: ({ chain }, order) => chain.call("cancelByBuyer", order),
  cancelBySeller: ({ chain }, order) => chain.call("cancelBySeller", order),
  dispute: ({ chain }, order) => chain.call("dispute", order),
  openCase: ({ market }, order) => openCase(market, order),
  ruleForBuyer: ({ market }, { id, buyerId }) => market.moveDispute(id, "opened", "ruled", buyerId),
  ruleForSeller: ({ market }, { id, sellerId }) => market.moveDispute(id, "opened", "ruled", sellerId),
  ruleSplit: ({ market }, { id }) => market.moveDispute(id, "opened", "ruled"),
  resolveToBuyer: ({ chain }, order) => chain.resolve(order, "buyer"),
  resolveToSeller: ({ chain }, order) => chain.resolve(order, "seller"),
  split: ({ chain }, order) => chain.split(order),
  executeRuling: ({ market }, { id }) => market.moveDispute(id, "ruled", "executed"),
  closeCase: ({ market }, { id }) => market.moveDispute(id, "executed", "closed"),
  withdrawSilently: ({ chain }, order) => chain.call("beneficiaryWithdraw", order),
  completeByHand: ({ market }, { id }) => market.moveOrder(id, "escrowed", "completed", "operator", "set by hand"),
  alterAmount: ({ market }, { id, amount }) => market.setAmount(id, amount + ALTERATION),
  repairAmount: ({ market }, { id, amount }) => market.setAmount(id, amount - ALTERATION),
} as const satisfies Record<string, Act>;

export type Action = keyof typeof ACTIONS;

/** The id of the dispute that the buyer of this order opens. */
export function disputeIdOf(orderId: string): string {
  return uuidOf(`dispute ${orderId}`);
}

async function openCase(market: Marketplace, { id, buyerId }: Order): Promise<void> {
  await market.openDispute({ id: disputeIdOf(id), orderId: id, openedBy: buyerId });
}
