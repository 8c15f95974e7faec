import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const disputeOpenerNotParty: Check = {
  code: "DISPUTE_OPENER_NOT_PARTY",
  severity: "high",
  meaning: "the dispute was opened by somebody who is neither the order's seller nor its buyer",
  why: "A stranger may be holding up a trade, or an account was taken over.",
  remedy: "Find out who it is; close the dispute if neither party stands behind it.",
  entityType: "dispute",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT d.id AS entity_id, jsonb_build_object('orderId', o.id, 'openedBy', d.opened_by) AS evidence
      FROM marketplace.disputes AS d
      JOIN marketplace.orders AS o ON o.id = d.order_id
     WHERE d.opened_by NOT IN (o.seller_id, o.buyer_id) AND ${among.orders(sql`o.id`)}`,
};
