import { LIVE_DISPUTE_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { disputeIs } from "../trades.ts";

export const disputeMultipleOpen: Check = {
  code: "DISPUTE_MULTIPLE_OPEN",
  severity: "high",
  meaning: "more than one dispute about the order is not decided",
  why: "Two rulings may contradict each other.",
  remedy: "Keep the older one, and close the other with a word to whoever opened it.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: () => sql`
    SELECT d.order_id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'disputes', jsonb_agg(d.id ORDER BY d.id)) AS evidence
      FROM marketplace.disputes AS d
     WHERE ${disputeIs(...LIVE_DISPUTE_STATUSES)}
     GROUP BY d.order_id
    HAVING count(*) > 1`,
};
