import { LIVE_ESCROW_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ESCROW_ID, escrowIs } from "../trades.ts";

export const orderMultipleEscrows: Check = {
  code: "ORDER_MULTIPLE_ESCROWS",
  severity: "critical",
  meaning: "the order has more than one escrow that holds, or waits for, money",
  why: "The seller has paid twice, or one deposit answers for two promises.",
  remedy: "Find out with the seller which escrow is meant, and have the other cancelled on the chain.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT e.order_id AS entity_id,
           jsonb_build_object('orderId', e.order_id,
                              'escrows', jsonb_agg(${ESCROW_ID} ORDER BY e.chain_id, e.contract, e.escrow_id)) AS evidence
      FROM vigia.escrows AS e
     WHERE e.order_id IS NOT NULL AND ${escrowIs(...LIVE_ESCROW_STATUSES)} AND ${among.orders(sql`e.order_id`)}
     GROUP BY e.order_id
    HAVING count(*) > 1`,
};
