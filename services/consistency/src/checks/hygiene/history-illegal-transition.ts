import { ESCROW_UNDONE, ORDER_STATUSES, ORDER_TRANSITIONS } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

const LEGAL = ORDER_STATUSES.flatMap((from) => ORDER_TRANSITIONS[from].map((to) => `${from} → ${to}`));

export const historyIllegalTransition: Check = {
  code: "HISTORY_ILLEGAL_TRANSITION",
  severity: "medium",
  meaning: "the order's history holds a step that no order may take",
  why: "Something writes orders past the rules, and will do so again.",
  remedy: "Find the writer by the step's actor and time; the step itself stays on record.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  deep: true,
  // A fork takes back a step that was legal.
  query: () => sql`
    SELECT h.order_id AS entity_id,
           jsonb_build_object('orderId', h.order_id, 'steps',
                              jsonb_agg(h.from_status || ' → ' || h.to_status ORDER BY h.id)) AS evidence
      FROM marketplace.order_history AS h
     WHERE h.from_status IS NOT NULL AND h.from_status || ' → ' || h.to_status <> ALL(${LEGAL})
       AND NOT (h.reason IS NOT DISTINCT FROM ${ESCROW_UNDONE} AND h.to_status || ' → ' || h.from_status = ANY(${LEGAL}))
     GROUP BY h.order_id`,
};
