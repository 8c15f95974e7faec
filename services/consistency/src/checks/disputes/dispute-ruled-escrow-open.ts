import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { disputeIs, escrowIs } from "../trades.ts";

export const disputeRuledEscrowOpen: Check = {
  code: "DISPUTE_RULED_ESCROW_OPEN",
  severity: "critical",
  meaning: "the dispute was ruled long ago, but its escrow is still in dispute",
  why: "The winner has not got the money.",
  remedy: "Carry the ruling out on the chain, or find out why the arbiter's transaction failed.",
  entityType: "dispute",
  graceSeconds: 3_600,
  inhibits: [],
  query: ({ settled }) => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'disputeStatus', d.status, 'ruledAt', d.ruled_at) AS evidence
      FROM marketplace.disputes AS d
     WHERE ${disputeIs("ruled", "executed", "closed")} AND COALESCE(d.ruled_at, d.updated_at) <= ${settled}
       AND EXISTS (SELECT 1 FROM vigia.escrows AS e WHERE e.order_id = d.order_id AND ${escrowIs("disputed")})`,
};
