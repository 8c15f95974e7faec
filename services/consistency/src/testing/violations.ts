import { randomUUID } from "node:crypto";
import { escrowIdOf, hoursAgo, type Marketplace, SELLER, STRANGER, tradeKeyOf } from "./marketplace.ts";

/** One check's clean twin, and its violation: the same but for what the check is about. */
export interface Case {
  readonly code: string;
  readonly clean: (market: Marketplace) => Promise<unknown>;
  /** Gives the entity that must be reported, and nothing else. */
  readonly violate: (market: Marketplace) => Promise<string>;
}

const OTHER_ADDRESS = `0x${"0f".repeat(20)}`;
const OTHER_ESCROW = { escrow_id: `0x${"11".repeat(32)}` };
const JUST_NOW = { updated_at: hoursAgo(0) };

export const CASES: readonly Case[] = [
  {
    code: "ORDER_ESCROW_MISSING",
    clean: (market) => market.order("escrowed", JUST_NOW),
    violate: (market) => market.order("escrowed"),
  },
  {
    code: "ESCROW_ORDER_MISSING",
    clean: (market) => market.escrow(randomUUID(), "funded", { created_at: hoursAgo(0) }),
    violate: (market) => market.escrow(randomUUID(), "funded"),
  },
  {
    code: "ORDER_MULTIPLE_ESCROWS",
    clean: async (market) => market.escrow(await market.trade("escrowed", "locked"), "refunded", OTHER_ESCROW),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await market.escrow(orderId, "pending_deposit", OTHER_ESCROW);
      return orderId;
    },
  },
  {
    code: "ESCROW_SHARED",
    clean: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await market.order("cancelled", { trade_key: tradeKeyOf(orderId), chain_id: 1 });
    },
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await market.order("cancelled", { trade_key: tradeKeyOf(orderId) });
      return escrowIdOf(orderId);
    },
  },
  {
    code: "AMOUNT_MISMATCH",
    clean: (market) => market.trade("escrowed", "locked", { amount: "1000000000000000000000.0" }),
    violate: (market) => market.trade("escrowed", "locked", { amount: "1000000000000000000001" }),
  },
  {
    code: "TOKEN_MISMATCH",
    clean: (market) =>
      market.trade("escrowed", "locked", { token: `0x${"AB".repeat(20)}` }, { token: `0x${"ab".repeat(20)}` }),
    violate: (market) => market.trade("escrowed", "locked", { token: OTHER_ADDRESS, amount: 1 }),
  },
  {
    code: "PARTY_MISMATCH",
    clean: (market) => market.trade("escrowed", "locked", { buyer_id: STRANGER }),
    violate: (market) => market.trade("escrowed", "locked", { buyer_address: OTHER_ADDRESS }),
  },
  {
    code: "CHAIN_OR_CONTRACT_MISMATCH",
    clean: (market) => market.trade("escrowed", "locked", { chain_id: 1 }, { chain_id: 1 }),
    violate: (market) => market.trade("escrowed", "locked", { chain_id: 1 }),
  },
  {
    code: "ORDER_CANCELLED_ESCROW_FUNDED",
    clean: (market) => market.trade("cancelled", "locked", JUST_NOW),
    violate: (market) => market.trade("cancelled", "locked"),
  },
  {
    code: "ORDER_COMPLETED_ESCROW_OPEN",
    clean: async (market) => market.escrow(await market.trade("completed", "released"), "refunded", OTHER_ESCROW),
    violate: (market) => market.trade("completed", "locked"),
  },
  {
    code: "ESCROW_RELEASED_ORDER_OPEN",
    clean: (market) => market.trade("releasing", "released", {}, { status_since: hoursAgo(0) }),
    violate: async (market) => escrowIdOf(await market.trade("releasing", "released")),
  },
  {
    code: "ESCROW_REFUNDED_ORDER_OPEN",
    clean: async (market) => market.escrow(await market.trade("escrowed", "refunded"), "locked", OTHER_ESCROW),
    violate: async (market) => escrowIdOf(await market.trade("escrowed", "refunded")),
  },
  {
    code: "ESCROW_FUNDED_ORDER_WAITING",
    clean: (market) => market.trade("created", "pending_deposit"),
    violate: async (market) => escrowIdOf(await market.trade("created", "funded")),
  },
  {
    code: "PAYMENT_SENT_ESCROW_NOT_LOCKED",
    clean: (market) => market.trade("payment_sent", "locked"),
    violate: (market) => market.trade("payment_sent", "funded"),
  },
  {
    code: "DEPOSIT_PENDING_STUCK",
    clean: (market) => market.order("deposit_pending"),
    violate: (market) => market.order("deposit_pending", { updated_at: hoursAgo(2) }),
  },
  {
    code: "PAYOUT_PENDING_STUCK",
    clean: (market) => market.trade("releasing", "locked"),
    violate: (market) => market.trade("releasing", "locked", { updated_at: hoursAgo(2) }),
  },
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
    code: "DISPUTE_OPENER_NOT_PARTY",
    clean: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { opened_by: SELLER }),
    violate: async (market) =>
      market.dispute(await market.trade("disputed", "disputed"), "opened", { opened_by: STRANGER }),
  },
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
    clean: async (market) =>
      market.history(await market.order("created"), "created", { from_status: "deposit_pending" }),
    violate: async (market) => {
      const orderId = await market.order("created");
      await market.history(orderId, "created", { from_status: "completed" });
      return orderId;
    },
  },
];
