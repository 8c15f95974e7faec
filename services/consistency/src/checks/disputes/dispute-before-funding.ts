import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { escrowIs } from "../trades.ts";

export const disputeBeforeFunding: Check = {
  code: "DISPUTE_BEFORE_FUNDING",
  severity: "high",
  meaning: "the dispute was opened although its escrow still waits for the deposit",
  why: "There is nothing to rule about yet, and the buyer may have paid for nothing.",
  remedy: "Ask the buyer whether they paid; close the dispute if not.",
  entityType: "dispute",
  graceSeconds: "following",
  inhibits: ["DISPUTE_ESCROW_NOT_DISPUTED"],
  query: () => sql`
    SELECT d.id AS entity_id, jsonb_build_object('orderId', d.order_id, 'disputeStatus', d.status) AS evidence,
           d.opened_at AS since
      FROM marketplace.disputes AS d
     WHERE EXISTS (SELECT 1 FROM vigia.escrows AS e WHERE e.order_id = d.order_id AND ${escrowIs("pending_deposit")})
       AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS e
                        WHERE e.order_id = d.order_id AND NOT ${escrowIs("pending_deposit")})`,
};
