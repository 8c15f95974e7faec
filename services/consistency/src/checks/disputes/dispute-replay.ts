import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ESCROW_ID } from "../trades.ts";

export const disputeReplay: Check = {
  code: "DISPUTE_REPLAY",
  severity: "critical",
  meaning: "disputes of more than one order rest on the escrow, which the chain decides but once",
  why: "One ruling on the chain would be used to decide several trades.",
  remedy: "Rule none of them before it is clear which order is the escrow's; look for fraud in the others.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: ["ESCROW_SHARED"],
  // From the few disputes to their orders and escrows, through the orders' primary key and `escrows_id`.
  query: ({ among }) => sql`
    SELECT ${ESCROW_ID} AS entity_id,
           jsonb_build_object('orderId', e.order_id, 'orders', jsonb_agg(DISTINCT o.id),
                              'disputes', jsonb_agg(d.id ORDER BY d.id)) AS evidence
      FROM marketplace.disputes AS d
      JOIN marketplace.orders AS o ON o.id = d.order_id
      JOIN vigia.escrows AS e ON e.escrow_id = o.trade_key AND e.chain_id = o.chain_id
     WHERE ${among.escrows(sql`e`)}
     GROUP BY e.chain_id, e.contract, e.escrow_id
    HAVING count(DISTINCT o.id) > 1`,
};
