import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs } from "../trades.ts";

export const payoutPendingStuck: Check = {
  code: "PAYOUT_PENDING_STUCK",
  severity: "high",
  meaning: "the order's payout has been in flight for too long",
  entityType: "order",
  graceSeconds: 3_600,
  inhibits: [],
  query: ({ settled }) => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id, 'payoutTx', o.payout_tx) AS evidence
      FROM marketplace.orders AS o
     WHERE ${orderIs("releasing")} AND o.updated_at <= ${settled}`,
};
