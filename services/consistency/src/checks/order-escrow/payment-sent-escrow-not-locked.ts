import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { escrowIs, ORDER_ID, orderIs, STATUSES, trades } from "../trades.ts";

export const paymentSentEscrowNotLocked: Check = {
  code: "PAYMENT_SENT_ESCROW_NOT_LOCKED",
  severity: "high",
  meaning: "the buyer has paid, but the seller could still cancel the escrow",
  why: "The seller can take the deposit back although the buyer has paid.",
  remedy: "Ask the seller to lock the escrow at once; tell the buyer to open a dispute if that does not happen.",
  entityType: "order",
  graceSeconds: "following",
  inhibits: [],
  query: ({ among }) =>
    trades(among, {
      entityId: ORDER_ID,
      where: sql`${orderIs("payment_sent")} AND ${escrowIs("pending_deposit", "funded")}`,
      evidence: STATUSES,
      since: sql`o.updated_at`,
    }),
};
