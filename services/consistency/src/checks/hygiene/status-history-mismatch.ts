import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const statusHistoryMismatch: Check = {
  code: "STATUS_HISTORY_MISMATCH",
  severity: "medium",
  meaning: "the order's status is not the last one of its history",
  why: "Either the order or its history is wrong, and a dispute would rest on it.",
  remedy: "Find out who wrote the status without its history; correct the one that the escrow contradicts.",
  entityType: "order",
  graceSeconds: "following",
  inhibits: [],
  // Reads through order_history_order. An order without any history contradicts none.
  query: ({ among }) => sql`
    SELECT o.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'orderStatus', o.status, 'lastInHistory', last.to_status) AS evidence,
           o.updated_at AS since
      FROM marketplace.orders AS o
     CROSS JOIN LATERAL (SELECT h.to_status FROM marketplace.order_history AS h
                          WHERE h.order_id = o.id ORDER BY h.id DESC LIMIT 1) AS last
     WHERE last.to_status <> o.status AND ${among.orders(sql`o.id`)}`,
};
