import { type EscrowStatus, ORDER_PATH_BY_ESCROW, type OrderStatus, type orderChanged } from "@vigia/messages";
import type { z } from "zod";
import { NOBODY, type Notice, type NoticeKind, type Telling } from "../notice.ts";

export type OrderEvent = z.infer<typeof orderChanged.schema>;

/** What is told of the tokens is told on the contract's word alone: nobody pays because a table says `escrowed`. */
const DECISIONS: readonly OrderStatus[] = ["completed", "refunded", "split"];
const ABOUT_TOKENS: readonly OrderStatus[] = ["escrowed", ...DECISIONS];

/** What is known of an order beside its event. */
export interface OrderFile {
  /** Whether the marketplace's own backend says so, and no contract. */
  readonly byBackend?: boolean;
  /** Where its escrow stands, which says which party cancelled. */
  readonly escrow?: EscrowStatus | undefined;
  /** The ids of its disputes, oldest first. */
  readonly disputes?: readonly string[];
}

/** Who is told that an order moved. */
export function tellOfOrder(order: OrderEvent, { byBackend = false, escrow, disputes = [] }: OrderFile): Telling {
  if (byBackend && ABOUT_TOKENS.includes(order.status) && !agrees(escrow, order.status)) return NOBODY;
  const seller = (kind: NoticeKind): Notice => ({ to: { userId: order.sellerId }, kind });
  const buyer = (kind: NoticeKind): Notice => ({ to: { userId: order.buyerId }, kind });
  const both = (kind: NoticeKind) => ({ notices: [seller(kind), buyer(kind)] });
  if (order.source === "reorg") return tellOfUndoing(order, { escrow, disputes });
  const which = caseOf(order.orderId, disputes);
  if (order.previousStatus === "disputed" && DECISIONS.includes(order.status)) return tellOfDecision(order, which);
  switch (order.status) {
    case "created":
      return { notices: [seller("order-created")] };
    case "payment_sent":
      return { notices: [seller("order-paid")] };
    case "escrowed":
      return { notices: [buyer("order-escrowed")] };
    case "completed":
      return { notices: [buyer("order-released")] };
    case "refunded":
      return both("order-refunded");
    case "expired":
      return both("order-expired");
    case "cancelled":
      if (escrow === "cancelled_by_seller") return { notices: [buyer("order-cancelled")] };
      if (escrow === "cancelled_by_buyer") return { notices: [seller("order-cancelled")] };
      return both("order-cancelled");
    case "disputed":
      return tellOfOpening(order, which);
    default:
      return NOBODY;
  }
}

/** Whoever was told of the step that a fork undid is told so, once however many steps are undone together. */
function tellOfUndoing(order: OrderEvent, file: OrderFile): Telling {
  const { source: _, previousStatus: status = order.status, ...rest } = order;
  const step = { ...rest, status, previousStatus: order.status };
  const { notices, fact } = tellOfOrder(step, file);
  return {
    fact: `order-undone:${order.orderId}:${order.at}`,
    retracts: fact ? [fact] : [],
    notices: notices.map(({ to }) => ({ to, kind: "order-undone" })),
  };
}

function agrees(escrow: EscrowStatus | undefined, status: OrderStatus): boolean {
  return escrow !== undefined && ORDER_PATH_BY_ESCROW[escrow].at(-1) === status;
}

interface Parties {
  readonly sellerId: string;
  readonly buyerId: string;
}

/**
 * What one dispute is known by, to the order's events and to its own. The first goes by its order's id, for the contract
 * may tell of it before the marketplace has a dispute. `disputeId`: the newest where it is left out.
 */
export function caseOf(orderId: string, disputes: readonly string[], disputeId = disputes.at(-1)): string {
  return disputeId === undefined || disputeId === (disputes[0] ?? disputeId) ? orderId : `${orderId}:${disputeId}`;
}

/** The order and the dispute both say that a dispute was opened: whichever comes first is told. */
export function tellOfOpening({ sellerId, buyerId }: Parties, which: string): Telling {
  return {
    fact: `dispute-opened:${which}`,
    notices: [
      { to: { userId: sellerId }, kind: "dispute-opened" },
      { to: { userId: buyerId }, kind: "dispute-opened" },
      { to: "operators", kind: "dispute-to-watch" },
    ],
  };
}

/** Winner and loser, each in their own words. Likewise told once, by the ruling or by the money that follows it. */
export function tellOfWinner({ sellerId, buyerId }: Parties, winnerId: string, which: string): Telling {
  const loserId = winnerId === buyerId ? sellerId : buyerId;
  return {
    fact: `dispute-decided:${which}:${winnerId}`,
    notices: [
      { to: { userId: winnerId }, kind: "dispute-won" },
      { to: { userId: loserId }, kind: "dispute-lost" },
    ],
  };
}

function tellOfDecision(order: OrderEvent, which: string): Telling {
  if (order.status === "completed") return tellOfWinner(order, order.buyerId, which);
  if (order.status === "refunded") return tellOfWinner(order, order.sellerId, which);
  const parties = [order.sellerId, order.buyerId];
  return { notices: parties.map((userId) => ({ to: { userId }, kind: "dispute-split" })) };
}
