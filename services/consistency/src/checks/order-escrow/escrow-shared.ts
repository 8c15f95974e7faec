import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ESCROW_ID } from "../trades.ts";

export const escrowShared: Check = {
  code: "ESCROW_SHARED",
  severity: "critical",
  meaning: "more than one order claims the escrow",
  why: "One deposit is promised to several buyers.",
  remedy:
    "Stop the orders that claim it, keep the one whose parties are the escrow's, and look for fraud in the others.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT ${ESCROW_ID} AS entity_id,
           jsonb_build_object('orderId', e.order_id, 'orders', claim.orders) AS evidence
      FROM (SELECT trade_key, chain_id, jsonb_agg(id ORDER BY id) AS orders
              FROM marketplace.orders WHERE trade_key IS NOT NULL AND ${among.tradeKeys(sql`trade_key`)}
             GROUP BY trade_key, chain_id HAVING count(*) > 1) AS claim
      JOIN vigia.escrows AS e ON e.escrow_id = claim.trade_key AND e.chain_id = claim.chain_id`,
};
