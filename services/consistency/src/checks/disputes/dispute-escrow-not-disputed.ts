import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { DISPUTED_ESCROW_STATUSES } from "../statuses.ts";
import { disputeIs } from "../trades.ts";

export const disputeEscrowNotDisputed: Check = {
  code: "DISPUTE_ESCROW_NOT_DISPUTED",
  severity: "high",
  meaning: "the dispute is under review, but on the chain its escrow is not in dispute",
  why: "The ruling can not be carried out: the contract knows of no dispute, and may pay meanwhile.",
  remedy: "Have the dispute opened on the chain before it is ruled.",
  entityType: "dispute",
  graceSeconds: "following",
  inhibits: [],
  query: () => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'disputeStatus', d.status,
                              'escrowStatuses', jsonb_agg(e.status ORDER BY e.status)) AS evidence,
           GREATEST(d.updated_at, max(e.status_since)) AS since
      FROM marketplace.disputes AS d
      JOIN vigia.escrows AS e ON e.order_id = d.order_id
     WHERE ${disputeIs("under_review", "appealable")}
     GROUP BY d.id, d.order_id, d.status, d.updated_at
    HAVING NOT bool_or(e.status = ANY(${DISPUTED_ESCROW_STATUSES}))`,
};
