import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { PAID_ESCROW_STATUSES, RETURNED_ESCROW_STATUSES } from "../statuses.ts";
import { disputeIs, escrowIs } from "../trades.ts";

export const disputeWinnerMismatch: Check = {
  code: "DISPUTE_WINNER_MISMATCH",
  severity: "critical",
  meaning: "the escrow's money went to the party that lost the dispute",
  why: "Money went to the wrong party, and the chain does not give it back.",
  remedy: "Stop further rulings, find out whether the row or the transaction is wrong, and compensate the winner.",
  entityType: "dispute",
  graceSeconds: 0,
  inhibits: [],
  // Of several escrows the newest is the one that was decided: what came before it was given up by the parties.
  query: ({ among }) => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'winnerId', d.winner_id, 'escrowStatus', e.status) AS evidence
      FROM marketplace.disputes AS d
      JOIN marketplace.orders AS o ON o.id = d.order_id
     CROSS JOIN LATERAL (SELECT status FROM vigia.escrows
                          WHERE order_id = o.id ORDER BY updated_block DESC, updated_log DESC LIMIT 1) AS e
     WHERE ${disputeIs("ruled", "executed", "closed")} AND ${among.orders(sql`o.id`)}
       AND ((d.winner_id = o.buyer_id AND ${escrowIs(...RETURNED_ESCROW_STATUSES)})
            OR (d.winner_id = o.seller_id AND ${escrowIs(...PAID_ESCROW_STATUSES)}))`,
};
