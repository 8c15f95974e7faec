import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { disputeIs } from "../trades.ts";

export const disputeFeeDeadlinePassed: Check = {
  code: "DISPUTE_FEE_DEADLINE_PASSED",
  severity: "high",
  meaning: "the dispute has waited for a party's fee for more than two days",
  why: "The party that has paid may time the other one out, and loses that right in silence.",
  remedy: "Tell the party that has paid how to time the other one out, and the other one what that means.",
  entityType: "dispute",
  graceSeconds: 2 * 86_400,
  inhibits: ["DISPUTE_STALE"],
  query: ({ settled }) => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'openedBy', d.opened_by, 'waitingSince', d.updated_at) AS evidence
      FROM marketplace.disputes AS d
     WHERE ${disputeIs("fee_pending")} AND d.updated_at <= ${settled}`,
};
