import type { EscrowStatus, orderChanged } from "@vigia/messages";
import type { z } from "zod";
import { NOBODY, type Notice, type NoticeKind, type Telling } from "../notice.ts";

export type OrderEvent = z.infer<typeof orderChanged.schema>;

/** Who is told that an order moved. `escrow` is where its escrow stands, which says which party cancelled. */
export function tellOfOrder(order: OrderEvent, escrow: EscrowStatus | undefined): Telling {
  const seller = (kind: NoticeKind): Notice => ({ to: { userId: order.sellerId }, kind });
  const buyer = (kind: NoticeKind): Notice => ({ to: { userId: order.buyerId }, kind });
  const both = (kind: NoticeKind) => ({ notices: [seller(kind), buyer(kind)] });
  if (order.previousStatus === "disputed") return tellOfDecision(order);
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
      return tellOfOpening(order);
    default:
      return NOBODY;
  }
}

interface Parties {
  readonly orderId: string;
  readonly sellerId: string;
  readonly buyerId: string;
}

/** The order and the dispute both say that a dispute was opened: whichever comes first is told. */
export function tellOfOpening({ orderId, sellerId, buyerId }: Parties): Telling {
  return {
    fact: `dispute-opened:${orderId}`,
    notices: [
      { to: { userId: sellerId }, kind: "dispute-opened" },
      { to: { userId: buyerId }, kind: "dispute-opened" },
      { to: "operators", kind: "dispute-to-watch" },
    ],
  };
}

/** Winner and loser, each in their own words. Likewise told once, by the ruling or by the money that follows it. */
export function tellOfWinner({ orderId, sellerId, buyerId }: Parties, winnerId: string): Telling {
  const loserId = winnerId === buyerId ? sellerId : buyerId;
  return {
    fact: `dispute-decided:${orderId}:${winnerId}`,
    notices: [
      { to: { userId: winnerId }, kind: "dispute-won" },
      { to: { userId: loserId }, kind: "dispute-lost" },
    ],
  };
}

function tellOfDecision(order: OrderEvent): Telling {
  if (order.status === "completed") return tellOfWinner(order, order.buyerId);
  if (order.status === "refunded") return tellOfWinner(order, order.sellerId);
  const parties = [order.sellerId, order.buyerId];
  return { notices: parties.map((userId) => ({ to: { userId }, kind: "dispute-split" })) };
}
