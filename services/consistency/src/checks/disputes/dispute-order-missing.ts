import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const disputeOrderMissing: Check = {
  code: "DISPUTE_ORDER_MISSING",
  severity: "critical",
  meaning: "the dispute is about an order that does not exist",
  entityType: "dispute",
  graceSeconds: 0,
  inhibits: ["DISPUTE_MULTIPLE_OPEN", "DISPUTE_STALE"],
  query: () => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'disputeStatus', d.status, 'openedBy', d.opened_by) AS evidence
      FROM marketplace.disputes AS d
     WHERE NOT EXISTS (SELECT 1 FROM marketplace.orders AS o WHERE o.id = d.order_id)`,
};
