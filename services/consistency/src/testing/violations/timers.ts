import { hoursAgo } from "../marketplace.ts";
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
];
