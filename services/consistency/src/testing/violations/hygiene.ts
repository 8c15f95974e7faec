import { ESCROW_UNDONE } from "@vigia/messages";
import { hoursAgo, STRANGER } from "../marketplace.ts";
import type { Case } from "./case.ts";

const JUST_NOW = { updated_at: hoursAgo(0) };

export const hygiene: readonly Case[] = [
  {
    code: "TIMESTAMPS_IMPOSSIBLE",
    clean: (market) => market.trade("completed", "released", { ended_at: hoursAgo(1) }),
    violate: (market) => market.trade("completed", "released", { ended_at: hoursAgo(5) }),
  },
  {
    code: "AMOUNT_NOT_POSITIVE",
    clean: (market) => market.order("created", { amount: 1 }),
    violate: (market) => market.order("created", { amount: 0 }),
  },
  {
    code: "SELF_TRADE",
    clean: (market) => market.order("created", { buyer_id: STRANGER }),
    violate: (market) => market.order("created", { buyer_address: `0x${"5E".repeat(20)}` }),
  },
  {
    code: "STATUS_HISTORY_MISMATCH",
    clean: async (market) => {
      const orderId = await market.trade("escrowed", "locked", JUST_NOW);
      await market.history(orderId, "payment_sent");
    },
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await market.history(orderId, "payment_sent", { from_status: "escrowed" });
      return orderId;
    },
  },
  {
    code: "HISTORY_ILLEGAL_TRANSITION",
    clean: async (market) => {
      const orderId = await market.order("created");
      await market.history(orderId, "created", { from_status: "deposit_pending" });
      await market.history(orderId, "created", { from_status: "escrowed", reason: ESCROW_UNDONE });
    },
    violate: async (market) => {
      const orderId = await market.order("created");
      await market.history(orderId, "created", { from_status: "completed", reason: ESCROW_UNDONE });
      return orderId;
    },
  },
];
