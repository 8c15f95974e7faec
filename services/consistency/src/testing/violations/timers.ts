import { hoursAgo, type Marketplace } from "../marketplace.ts";
import type { Case } from "./case.ts";

export const timers: readonly Case[] = [
  {
    code: "ORDER_EXPIRED_NOT_CANCELLED",
    clean: async (market) => {
      await market.trade("created", "pending_deposit", { expires_at: hoursAgo(3) });
      await market.order("created", { expires_at: hoursAgo(3), deposit_tx: "0x01" });
      await market.order("created", { expires_at: hoursAgo(1) });
    },
    violate: (market) => market.order("created", { expires_at: hoursAgo(3) }),
  },
  {
    code: "PAYMENT_WINDOW_OVERDUE",
    clean: (market) => market.trade("payment_sent", "locked", { payment_deadline: hoursAgo(1) }),
    violate: (market) => market.trade("escrowed", "locked", { payment_deadline: hoursAgo(1) }),
  },
  {
    code: "RELEASE_OVERDUE_NO_DISPUTE",
    clean: (market) => market.trade("payment_sent", "locked", { release_deadline: hoursAgo(-1) }),
    violate: (market) => market.trade("payment_sent", "locked", { release_deadline: hoursAgo(1) }),
  },
  {
    code: "SYSTEM_CANCEL_AFTER_PAYMENT_SENT",
    clean: async (market) => market.history(await market.order("created"), "created"),
    violate: async (market) => {
      const orderId = await market.order("expired");
      await market.history(orderId, "payment_sent");
      await market.history(orderId, "expired", { actor: "vigia", reason: "its time passed" });
      return orderId;
    },
  },
  {
    code: "SYSTEM_CANCEL_DURING_OUTAGE",
    clean: async (market) => {
      await outage(market);
      await expired(market, hoursAgo(1));
    },
    violate: async (market) => {
      await outage(market);
      return expired(market, hoursAgo(1.5));
    },
  },
];

/** It gives an order back an hour and three quarters. */
function outage(market: Marketplace): Promise<void> {
  const times = { started_at: hoursAgo(3.5), ended_at: hoursAgo(2) };
  return market.insert("vigia.downtimes", { cause: "operator", reason: "", ...times });
}

/** An order that would have expired within the outage, and was expired by Vigia then. */
async function expired(market: Marketplace, at: Date): Promise<string> {
  const orderId = await market.order("expired", { expires_at: hoursAgo(3) });
  await market.history(orderId, "expired", { from_status: "created", actor: "vigia", at });
  return orderId;
}
