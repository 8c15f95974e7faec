import { randomUUID } from "node:crypto";
import { escrowIdOf, hoursAgo, STRANGER, tradeKeyOf } from "../marketplace.ts";
import type { Case } from "./case.ts";

const OTHER_ADDRESS = `0x${"0f".repeat(20)}`;
const OTHER_ESCROW = { escrow_id: `0x${"11".repeat(32)}` };
const JUST_NOW = { updated_at: hoursAgo(0) };

export const orderEscrow: readonly Case[] = [
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
    code: "CHAIN_OR_CONTRACT_MISMATCH",
    way: "on a contract that is not followed",
    clean: (market) => market.trade("escrowed", "locked", {}, { contract: OTHER_ADDRESS }),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked", {}, { contract: OTHER_ADDRESS });
      await market.sql.query("DELETE FROM vigia.chain_cursors WHERE contract = $1", [OTHER_ADDRESS]);
      return orderId;
    },
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
];
