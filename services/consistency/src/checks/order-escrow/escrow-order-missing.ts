import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ESCROW_ID } from "../trades.ts";

export const escrowOrderMissing: Check = {
  code: "ESCROW_ORDER_MISSING",
  severity: "critical",
  meaning: "the escrow belongs to an order that does not exist",
  why: "Money lies in the contract and no trade will ever ask for it back.",
  remedy:
    "Search the marketplace's backups for the order. If it never existed, the depositor took the contract by hand: let the parties refund it there.",
  entityType: "escrow",
  graceSeconds: "following",
  inhibits: [],
  query: ({ among }) => sql`
    SELECT ${ESCROW_ID} AS entity_id,
           jsonb_build_object('orderId', e.order_id, 'escrowStatus', e.status, 'balance', e.balance::text,
                              'createdBlock', e.created_block) AS evidence,
           e.created_at AS since
      FROM vigia.escrows AS e
     WHERE ${among.escrows(sql`e`)} AND NOT EXISTS (SELECT 1 FROM marketplace.orders AS o WHERE o.id = e.order_id)
       AND (e.order_id IS NOT NULL
            OR NOT EXISTS (SELECT 1 FROM marketplace.orders AS o WHERE o.trade_key = e.escrow_id))`,
};
