import { randomUUID } from "node:crypto";
import { BUYER, escrowIdOf, hoursAgo, SELLER, STRANGER, tradeKeyOf } from "../marketplace.ts";
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
    code: "DISPUTE_BEFORE_FUNDING",
    way: "but funded by now",
    // The clocks of the marketplace and of the blocks differ a little.
    clean: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { opened_at: hoursAgo(3.01) }),
    violate: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { opened_at: hoursAgo(3.02) }),
  },
  {
    code: "DISPUTE_BEFORE_FUNDING",
    way: "but funded by now, without a log",
    clean: async (market) => {
      const orderId = await market.trade("disputed", "disputed");
      await market.sql.query("UPDATE vigia.escrow_transitions SET source = 'state' WHERE to_status = 'funded'");
      await market.dispute(orderId, "opened", { opened_at: hoursAgo(4) });
      const untold = await market.trade("disputed", "disputed");
      await market.sql.query("DELETE FROM vigia.escrow_transitions WHERE escrow_id = $1", [tradeKeyOf(untold)]);
      await market.dispute(untold, "opened", { opened_at: hoursAgo(4) });
    },
    violate: async (market) =>
      market.dispute(await market.trade("cancelled", "cancelled_by_seller"), "opened", { opened_at: hoursAgo(4) }),
  },
  {
    code: "DISPUTE_BEFORE_FUNDING",
    way: "without an escrow",
    clean: async (market) => market.dispute(await market.order("deposit_pending"), "closed"),
    violate: async (market) => market.dispute(await market.order("deposit_pending"), "opened"),
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
    code: "DISPUTE_WINNER_MISMATCH",
    way: "without a ruling on the chain",
    clean: async (market) => {
      const orderId = await market.trade("refunded", "refunded");
      await market.escrow(orderId, "cancelled_by_seller", { ...OTHER_ESCROW, updated_block: 1 });
      await market.dispute(orderId, "closed", { winner_id: SELLER });
      const replaced = await market.trade("completed", "refunded", {}, { updated_block: 1 });
      await market.escrow(replaced, "released", { escrow_id: `0x${"22".repeat(32)}` });
      await market.dispute(replaced, "closed", { winner_id: BUYER });
    },
    violate: async (market) =>
      market.dispute(await market.trade("refunded", "refunded"), "closed", { winner_id: BUYER }),
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
