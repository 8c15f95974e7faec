import { ENDED_ORDER_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs } from "../trades.ts";

export const timestampsImpossible: Check = {
  code: "TIMESTAMPS_IMPOSSIBLE",
  severity: "medium",
  meaning: "the order ended before it began, or ended without a time",
  why: "Deadlines and statistics that rest on these times are wrong.",
  remedy: "Correct the times from the order's history; look for a clock that is wrong.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT o.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'orderStatus', o.status, 'createdAt', o.created_at,
                              'endedAt', o.ended_at) AS evidence
      FROM marketplace.orders AS o
     WHERE (o.ended_at < o.created_at OR (o.ended_at IS NULL AND ${orderIs(...ENDED_ORDER_STATUSES)}))
       AND ${among.orders(sql`o.id`)}`,
};
