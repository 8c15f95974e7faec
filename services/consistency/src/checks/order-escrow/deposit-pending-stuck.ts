import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs } from "../trades.ts";

export const depositPendingStuck: Check = {
  code: "DEPOSIT_PENDING_STUCK",
  severity: "high",
  meaning: "the order's deposit has been in flight for too long",
  why: "The parties wait for a deposit that may never come.",
  remedy:
    "Look the transaction up: if it is pending, wait; if it was dropped or failed, lead the order back to created.",
  entityType: "order",
  graceSeconds: 3_600,
  inhibits: [],
  query: ({ settled }) => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id, 'depositTx', o.deposit_tx, 'chainId', o.chain_id::text) AS evidence
      FROM marketplace.orders AS o
     WHERE ${orderIs("deposit_pending")} AND o.updated_at <= ${settled}`,
};
