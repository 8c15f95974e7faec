import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { CALLED_OFF_ORDER_STATUSES } from "../statuses.ts";
import { orderIs } from "../trades.ts";

export const systemCancelAfterPaymentSent: Check = {
  code: "SYSTEM_CANCEL_AFTER_PAYMENT_SENT",
  severity: "critical",
  meaning: "the system expired the order although the buyer had paid",
  why: "A buyer has paid for a trade that we ended.",
  remedy: "Reach both parties now; have the seller release, or open a dispute for the buyer.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT ended.order_id AS entity_id,
           jsonb_build_object('orderId', ended.order_id, 'endedAs', ended.to_status, 'reason', ended.reason) AS evidence
      FROM marketplace.orders AS o
      JOIN marketplace.order_history AS ended
        ON ended.order_id = o.id AND ended.to_status = o.status AND ended.actor = 'vigia'
     WHERE ${orderIs(...CALLED_OFF_ORDER_STATUSES)} AND ${among.orders(sql`o.id`)} AND ended.to_status = 'expired'
       AND EXISTS (SELECT 1 FROM marketplace.order_history AS paid
                    WHERE paid.order_id = o.id AND paid.to_status = 'payment_sent' AND paid.id < ended.id)`,
};
