/** The states of an order, in the order in which a trade goes through them; the ends come last. */
export const ORDER_STATUSES = [
  "created",
  "deposit_pending",
  "escrowed",
  "payment_sent",
  "releasing",
  "disputed",
  "completed",
  "cancelled",
  "expired",
  "refunded",
  "split",
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Where an order may go next. What is not here is never applied; it is reported. */
export const ORDER_TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  created: ["deposit_pending", "escrowed", "cancelled", "expired"],
  deposit_pending: ["escrowed", "created", "cancelled"],
  escrowed: ["payment_sent", "releasing", "completed", "cancelled", "refunded"],
  payment_sent: ["releasing", "completed", "disputed", "cancelled", "refunded"],
  releasing: ["completed", "disputed", "refunded"],
  disputed: ["completed", "refunded", "split"],
  completed: [],
  cancelled: [],
  expired: [],
  refunded: [],
  split: [],
};

export const ENDED_ORDER_STATUSES = ORDER_STATUSES.filter((status) => ORDER_TRANSITIONS[status].length === 0);

/** States in which the order's money lies in an escrow. */
export const ESCROWED_ORDER_STATUSES = [
  "escrowed",
  "payment_sent",
  "releasing",
  "disputed",
] as const satisfies OrderStatus[];

/** Why an order moved, in its history, where its escrow moved it, and where a fork undid that: by them such steps are known. */
export const FOLLOWED_ESCROW = "its escrow says so";
export const ESCROW_UNDONE = "a fork undid what its escrow said";

export function mayOrderBecome(from: OrderStatus, to: OrderStatus): boolean {
  return ORDER_TRANSITIONS[from].includes(to);
}
