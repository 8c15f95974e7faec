import { ESCROWED_ORDER_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs, WITHOUT_ESCROW } from "../trades.ts";

export const orderEscrowMissing: Check = {
  code: "ORDER_ESCROW_MISSING",
  severity: "critical",
  meaning: "the order's money should lie in an escrow, but it has no escrow",
  why: "The buyer may pay against money that is not there.",
  remedy:
    "Look whether chain-sync is behind. If it is not, look the deposit's transaction up and resync its blocks; tell the buyer not to pay before the escrow is there.",
  entityType: "order",
  graceSeconds: "following",
  inhibits: [
    "PAYMENT_WINDOW_OVERDUE",
    "STATUS_HISTORY_MISMATCH",
    "HISTORY_ILLEGAL_TRANSITION",
    "DISPUTE_BEFORE_FUNDING",
  ],
  query: () => sql`
    SELECT o.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'orderStatus', o.status, 'tradeKey', o.trade_key,
                              'chainId', o.chain_id::text) AS evidence,
           o.updated_at AS since
      FROM marketplace.orders AS o
     WHERE ${orderIs(...ESCROWED_ORDER_STATUSES)} AND ${WITHOUT_ESCROW}`,
};
