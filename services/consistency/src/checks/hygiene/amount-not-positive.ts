import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const amountNotPositive: Check = {
  code: "AMOUNT_NOT_POSITIVE",
  severity: "high",
  meaning: "the order's amount is zero or less",
  why: "A trade of nothing can only be a mistake or an attack.",
  remedy: "Cancel the order, and find out how it passed the marketplace's own validation.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: ["AMOUNT_MISMATCH"],
  query: ({ among }) => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id, 'amount', o.amount::text) AS evidence
      FROM marketplace.orders AS o
     WHERE o.amount <= 0 AND ${among.orders(sql`o.id`)}`,
};
