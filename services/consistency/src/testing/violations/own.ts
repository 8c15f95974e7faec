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
  {
    code: "CHECK_NOT_RUN",
    clean: async (market) => {
      await everyHalfHour(market);
      await completed(market, "consistency.check", hoursAgo(2));
      await completed(market, "consistency.check", hoursAgo(0.9));
    },
    violate: async (market) => {
      await everyHalfHour(market);
      await completed(market, "consistency.check", hoursAgo(1.1));
      await completed(market, "cleanup.expire-orders", hoursAgo(0.5));
      return "consistency.check";
    },
  },
  {
    code: "CHECK_NOT_RUN",
    way: "never yet",
    clean: async (market) => {
      await everyHalfHour(market);
      await completed(market, "cleanup.expire-orders", hoursAgo(0.9));
    },
    violate: async (market) => {
      await everyHalfHour(market);
      await completed(market, "cleanup.expire-orders", hoursAgo(1.1));
      return "consistency.check";
    },
  },
];

function everyHalfHour(market: Marketplace): Promise<void> {
  const times = { last_fired: hoursAgo(0.25), next_due: hoursAgo(-0.25) };
  return market.insert("vigia.schedules", { task: "consistency.check", cron: "*/30 * * * *", ...times });
}

function completed(market: Marketplace, job: string, at: Date): Promise<void> {
  return market.insert("vigia.executions", {
    execution_id: randomUUID(),
    job,
    service: "consistency",
    status: "completed",
    started_at: at,
    ended_at: at,
    attempt: 1,
    instance: "here",
  });
}
