import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs } from "../trades.ts";

export const payoutPendingStuck: Check = {
  code: "PAYOUT_PENDING_STUCK",
  severity: "high",
  meaning: "the order's payout has been in flight for too long",
  why: "The parties wait for a payout that may never come.",
  remedy: "Look the transaction up before anything else; never send it again while it may still be mined.",
  entityType: "order",
  graceSeconds: 3_600,
  inhibits: [],
  query: ({ settled }) => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id, 'payoutTx', o.payout_tx, 'chainId', o.chain_id::text) AS evidence
      FROM marketplace.orders AS o
     WHERE ${orderIs("releasing")} AND o.updated_at <= ${settled}`,
};
