import { LIVE_DISPUTE_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { UNFUNDED_ESCROW_STATUSES } from "../statuses.ts";
import { disputeIs } from "../trades.ts";

/** By how much the marketplace's clock and that of the blocks may differ. */
const CLOCKS_DIFFER_SECONDS = 60;

export const disputeBeforeFunding: Check = {
  code: "DISPUTE_BEFORE_FUNDING",
  severity: "high",
  meaning: "the dispute was opened before its escrow was funded",
  why: "There was nothing to rule about yet, and the buyer may have paid for nothing.",
  remedy: "Ask the buyer whether they paid, and when; close the dispute if not, which ends the issue.",
  entityType: "dispute",
  graceSeconds: "following",
  inhibits: ["DISPUTE_ESCROW_NOT_DISPUTED", "DISPUTE_ORDER_WRONG_STATE"],
  // Of a state that was read nobody knows since when it was so: where the deposit was not told by a log, nobody is
  // accused. From the few disputes through `escrows_order`, `escrows_id` and `escrow_transitions_escrow`.
  query: () => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', d.order_id, 'disputeStatus', d.status, 'openedAt', d.opened_at,
                              'fundedAt', funded.at) AS evidence,
           d.opened_at AS since
      FROM marketplace.disputes AS d
      LEFT JOIN marketplace.orders AS o ON o.id = d.order_id
      LEFT JOIN LATERAL (
             SELECT true AS found, t.at, t.source
               FROM vigia.escrows AS e
               LEFT JOIN vigia.escrow_transitions AS t
                 ON t.chain_id = e.chain_id AND t.contract = e.contract AND t.escrow_id = e.escrow_id
                AND t.source <> 'reorg' AND t.to_status <> ALL(${UNFUNDED_ESCROW_STATUSES})
              WHERE (e.order_id = d.order_id OR (e.order_id IS NULL AND e.escrow_id = o.trade_key))
                AND (t.id IS NOT NULL OR e.status <> ALL(${UNFUNDED_ESCROW_STATUSES}))
              ORDER BY t.at NULLS FIRST
              LIMIT 1) AS funded ON true
     WHERE ${disputeIs(...LIVE_DISPUTE_STATUSES, "ruled", "executed")}
       AND (funded.found IS NULL
            OR (funded.source = 'event'
                AND funded.at > d.opened_at + make_interval(secs => ${CLOCKS_DIFFER_SECONDS})))`,
};
