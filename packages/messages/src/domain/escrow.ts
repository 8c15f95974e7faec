import type { OrderStatus } from "./order.ts";

/** The states of an escrow: first those of the reference contract, then those that foreign contracts add. */
export const ESCROW_STATUSES = [
  "pending_deposit",
  "funded",
  "locked",
  "disputed",
  "released",
  "refunded",
  "cancelled_by_buyer",
  "cancelled_by_seller",
  "resolved_buyer",
  "resolved_seller",
  "split",
  "partially_released",
  "fee_pending",
  "settlement_proposed",
  "frozen",
] as const;

export type EscrowStatus = (typeof ESCROW_STATUSES)[number];

/** Where an escrow may go next. A chain that says otherwise is believed, and the step is reported as illegal. */
export const ESCROW_TRANSITIONS: Readonly<Record<EscrowStatus, readonly EscrowStatus[]>> = {
  pending_deposit: ["funded", "cancelled_by_buyer", "cancelled_by_seller"],
  funded: [
    "locked",
    "released",
    "refunded",
    "cancelled_by_buyer",
    "cancelled_by_seller",
    "disputed",
    "partially_released",
    "frozen",
  ],
  locked: [
    "released",
    "refunded",
    "cancelled_by_buyer",
    "cancelled_by_seller",
    "disputed",
    "partially_released",
    "settlement_proposed",
    "fee_pending",
    "frozen",
  ],
  disputed: ["resolved_buyer", "resolved_seller", "split", "fee_pending"],
  partially_released: ["released", "refunded", "disputed"],
  fee_pending: ["disputed", "locked", "released", "refunded", "resolved_buyer", "resolved_seller"],
  settlement_proposed: ["locked", "split", "released", "disputed"],
  frozen: ["locked", "funded", "released", "refunded"],
  released: [],
  refunded: [],
  cancelled_by_buyer: [],
  cancelled_by_seller: [],
  resolved_buyer: [],
  resolved_seller: [],
  split: [],
};

/** States in which the escrow holds, or waits for, money. */
export const LIVE_ESCROW_STATUSES = ESCROW_STATUSES.filter((status) => ESCROW_TRANSITIONS[status].length > 0);

export function mayEscrowBecome(from: EscrowStatus, to: EscrowStatus): boolean {
  return ESCROW_TRANSITIONS[from].includes(to);
}

/**
 * The way an order goes because of its escrow, last stage last: what the chain did in one go is told step by step.
 * Empty: the order does not follow from it.
 */
export const ORDER_PATH_BY_ESCROW: Readonly<Record<EscrowStatus, readonly OrderStatus[]>> = {
  pending_deposit: [],
  funded: ["escrowed"],
  locked: ["escrowed"],
  disputed: ["escrowed", "disputed"],
  released: ["escrowed", "completed"],
  refunded: ["escrowed", "refunded"],
  cancelled_by_buyer: ["cancelled"],
  cancelled_by_seller: ["cancelled"],
  resolved_buyer: ["escrowed", "disputed", "completed"],
  resolved_seller: ["escrowed", "disputed", "refunded"],
  split: ["escrowed", "disputed", "split"],
  partially_released: ["escrowed"],
  fee_pending: ["escrowed"],
  settlement_proposed: ["escrowed"],
  frozen: ["escrowed"],
};
