import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { HAS_LIVE_DISPUTE, orderIs } from "../trades.ts";

export const releaseOverdueNoDispute: Check = {
  code: "RELEASE_OVERDUE_NO_DISPUTE",
  severity: "high",
  meaning: "the buyer has paid, the seller's time to release has passed, and nobody opened a dispute",
  why: "The buyer has paid and gets nothing.",
  remedy: "Remind the seller, and tell the buyer how to open a dispute; never cancel.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ now }) => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id, 'releaseDeadline', o.release_deadline) AS evidence
      FROM marketplace.orders AS o
     WHERE ${orderIs("payment_sent")} AND o.release_deadline < ${now} AND NOT ${HAS_LIVE_DISPUTE}`,
};
