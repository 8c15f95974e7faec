import { LIVE_DISPUTE_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { disputeIs } from "../trades.ts";

export const disputeStale: Check = {
  code: "DISPUTE_STALE",
  severity: "medium",
  meaning: "nothing has happened in the dispute for a week",
  why: "Both parties' money is bound while nothing happens.",
  remedy: "Remind the arbiter, and ask the parties whether they have settled.",
  entityType: "dispute",
  graceSeconds: 7 * 86_400,
  inhibits: [],
  query: ({ settled }) => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'disputeStatus', d.status, 'lastActivity', d.updated_at) AS evidence
      FROM marketplace.disputes AS d
     WHERE ${disputeIs(...LIVE_DISPUTE_STATUSES)} AND d.updated_at <= ${settled}`,
};
