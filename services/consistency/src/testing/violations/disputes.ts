import { randomUUID } from "node:crypto";
import { escrowIdOf, hoursAgo, SELLER, STRANGER, tradeKeyOf } from "../marketplace.ts";
import type { Case } from "./case.ts";

const OTHER_ESCROW = { escrow_id: `0x${"11".repeat(32)}` };
const JUST_NOW = { updated_at: hoursAgo(0) };

export const disputes: readonly Case[] = [
  {
    code: "DISPUTE_ORDER_MISSING",
    clean: async (market) => market.dispute(await market.trade("disputed", "disputed"), "opened"),
    violate: (market) => market.dispute(randomUUID(), "opened"),
  },
  {
    code: "DISPUTE_ORDER_WRONG_STATE",
    clean: async (market) => {
      await market.dispute(await market.trade("payment_sent", "locked"), "closed");
      await market.dispute(await market.trade("payment_sent", "locked", JUST_NOW), "opened");
    },
    violate: async (market) => market.dispute(await market.trade("payment_sent", "locked"), "opened"),
  },
  {
    code: "ORDER_DISPUTED_NO_DISPUTE",
    clean: async (market) => {
      await market.trade("disputed", "disputed", JUST_NOW);
      await market.dispute(await market.trade("disputed", "disputed"), "ruled");
      await market.dispute(await market.trade("disputed", "disputed"), "settled", JUST_NOW);
    },
    violate: (market) => market.trade("disputed", "disputed"),
  },
  {
    code: "DISPUTE_MULTIPLE_OPEN",
    clean: async (market) => {
      const orderId = await market.trade("disputed", "disputed");
      await market.dispute(orderId, "withdrawn");
      await market.dispute(orderId, "opened");
    },
    violate: async (market) => {
      const orderId = await market.trade("disputed", "disputed");
      await market.dispute(orderId, "evidence");
      await market.dispute(orderId, "opened");
      return orderId;
    },
  },
  {
    code: "DISPUTE_ESCROW_NOT_DISPUTED",
    clean: async (market) => market.dispute(await market.trade("disputed", "locked"), "opened"),
    violate: async (market) => market.dispute(await market.trade("disputed", "locked"), "under_review"),
  },
  {
    code: "DISPUTE_BEFORE_FUNDING",
    clean: async (market) => {
      const orderId = await market.trade("disputed", "pending_deposit");
      await market.escrow(orderId, "refunded", OTHER_ESCROW);
      await market.dispute(orderId, "opened");
    },
    violate: async (market) => market.dispute(await market.trade("disputed", "pending_deposit"), "opened"),
  },
  {
    code: "DISPUTE_RULED_ESCROW_OPEN",
    clean: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "ruled", { ruled_at: hoursAgo(0.5) }),
    violate: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "ruled", { ruled_at: hoursAgo(2) }),
  },
  {
    code: "DISPUTE_WINNER_MISMATCH",
    clean: async (market) =>
      market.dispute(await market.trade("refunded", "resolved_seller"), "closed", { winner_id: SELLER }),
    violate: async (market) =>
      market.dispute(await market.trade("completed", "resolved_buyer"), "closed", { winner_id: SELLER }),
  },
  {
    code: "DISPUTE_STALE",
    clean: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { updated_at: hoursAgo(6 * 24) }),
    violate: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { updated_at: hoursAgo(8 * 24) }),
  },
  {
    code: "DISPUTE_FEE_DEADLINE_PASSED",
    clean: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "fee_pending", { updated_at: hoursAgo(47) }),
    violate: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "fee_pending", { updated_at: hoursAgo(49) }),
  },
  {
    code: "DISPUTE_OPENER_NOT_PARTY",
    clean: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { opened_by: SELLER }),
    violate: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { opened_by: STRANGER }),
  },
  {
    code: "DISPUTE_REPLAY",
    clean: async (market) => {
      const orderId = await market.trade("disputed", "disputed");
      await market.dispute(orderId, "settled");
      await market.dispute(orderId, "opened");
    },
    violate: async (market) => {
      const orderId = await market.trade("disputed", "disputed");
      await market.dispute(orderId, "opened");
      await market.dispute(await market.order("cancelled", { trade_key: tradeKeyOf(orderId) }), "withdrawn");
      return escrowIdOf(orderId);
    },
  },
];
