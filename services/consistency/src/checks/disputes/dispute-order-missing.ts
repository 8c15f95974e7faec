import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const disputeOrderMissing: Check = {
  code: "DISPUTE_ORDER_MISSING",
  severity: "critical",
  meaning: "the dispute is about an order that does not exist",
  why: "Nobody can tell what the dispute is about, or carry its ruling out.",
  remedy: "Search the marketplace's backups for the order; if it never existed, close the dispute by hand.",
  entityType: "dispute",
  graceSeconds: 0,
  inhibits: ["DISPUTE_MULTIPLE_OPEN", "DISPUTE_STALE", "DISPUTE_BEFORE_FUNDING"],
  query: ({ among }) => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'disputeStatus', d.status, 'openedBy', d.opened_by) AS evidence
      FROM marketplace.disputes AS d
     WHERE ${among.orders(sql`d.order_id`)} AND NOT EXISTS (SELECT 1 FROM marketplace.orders AS o WHERE o.id = d.order_id)`,
};
