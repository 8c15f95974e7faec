import {
  ESCROW_STATUSES,
  ESCROW_TRANSITIONS,
  ESCROWED_ORDER_STATUSES,
  type EscrowStatus,
  LIVE_ESCROW_STATUSES,
  ORDER_PATH_BY_ESCROW,
  ORDER_STATUSES,
  type OrderStatus,
} from "@vigia/messages";

/** Where the money went to the buyer: the order's path ends as completed. */
export const PAID_ESCROW_STATUSES = endingAs("completed");

/** Ended on the chain otherwise than by paying the buyer. */
export const UNPAID_ESCROW_STATUSES = ESCROW_STATUSES.filter(
  (status) => !LIVE_ESCROW_STATUSES.includes(status) && !PAID_ESCROW_STATUSES.includes(status),
);

/** Where the whole deposit went back to the seller. */
export const RETURNED_ESCROW_STATUSES = UNPAID_ESCROW_STATUSES.filter((status) => status !== "split");

/** States in which no deposit need ever have been in. */
export const UNFUNDED_ESCROW_STATUSES = [
  "pending_deposit",
  ...ESCROW_TRANSITIONS.pending_deposit.filter((status) => ESCROW_TRANSITIONS[status].length === 0),
] as const satisfies EscrowStatus[];

/** The deposit is in, and has not gone out. */
export const FUNDED_ESCROW_STATUSES = LIVE_ESCROW_STATUSES.filter((status) => status !== "pending_deposit");

/** The dispute is known to the contract. */
export const DISPUTED_ESCROW_STATUSES = ["disputed", "fee_pending"] as const satisfies EscrowStatus[];

/** Before the deposit is in. */
export const WAITING_ORDER_STATUSES = ORDER_STATUSES.slice(0, ORDER_STATUSES.indexOf(ESCROWED_ORDER_STATUSES[0]));

/** Ended without a trade. */
export const CALLED_OFF_ORDER_STATUSES = ["cancelled", "expired"] as const satisfies OrderStatus[];

export function endingAs(order: OrderStatus): EscrowStatus[] {
  return ESCROW_STATUSES.filter((status) => ORDER_PATH_BY_ESCROW[status].at(-1) === order);
}
