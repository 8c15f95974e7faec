import { randomUUID } from "node:crypto";
import { hoursAgo, type Marketplace, type Row } from "../marketplace.ts";
import type { Case } from "./case.ts";

const MINUTES = 1 / 60;

/** An event that an order moved. Gives the order. */
async function orderMoved(market: Marketplace, row: Row): Promise<string> {
  const orderId = randomUUID();
  await market.insert("vigia.outbox", {
    id: `moved ${orderId}`,
    subject: `vigia.event.order.escrowed.${orderId}`,
    source: "chain-sync",
    aggregate: `order:${orderId}`,
    headers: "{}",
    payload: JSON.stringify({ orderId }),
    ...row,
  });
  return orderId;
}

function deadLetter(market: Marketplace, row: Row = {}): Promise<void> {
  return market.insert("vigia.dead_letters", {
    sequence: 1,
    consumer: "chain-sync-sync",
    subject: "vigia.tick.chain-sync.sync",
    body: Buffer.from("{}"),
    headers: "{}",
    reason: "the endpoint is away",
    tries: 5,
    at: hoursAgo(1),
    ...row,
  });
}

export const own: readonly Case[] = [
  {
    code: "NOTIFICATION_MISSING",
    clean: async (market) => {
      await orderMoved(market, { relayed_at: hoursAgo(14 * MINUTES) });
      const orderId = await orderMoved(market, { relayed_at: hoursAgo(16 * MINUTES) });
      const handled = { consumer: "notifications-orders", message_id: `moved ${orderId}` };
      await market.insert("vigia.handled_messages", handled);
    },
    violate: (market) => orderMoved(market, { relayed_at: hoursAgo(16 * MINUTES) }),
  },
  {
    code: "OUTBOX_STUCK",
    clean: (market) => orderMoved(market, { created_at: hoursAgo(4 * MINUTES) }),
    violate: async (market) => {
      await orderMoved(market, { created_at: hoursAgo(6 * MINUTES) });
      await orderMoved(market, { created_at: hoursAgo(7 * MINUTES) });
      return "chain-sync";
    },
  },
  {
    code: "DEAD_LETTERS_OPEN",
    clean: (market) => deadLetter(market, { resolved_at: hoursAgo(0) }),
    violate: async (market) => {
      await deadLetter(market);
      await deadLetter(market, { sequence: 2 });
      return "chain-sync-sync";
    },
  },
];
