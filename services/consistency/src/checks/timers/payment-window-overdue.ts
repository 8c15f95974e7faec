import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs } from "../trades.ts";

export const paymentWindowOverdue: Check = {
  code: "PAYMENT_WINDOW_OVERDUE",
  severity: "medium",
  meaning: "the deposit is in, and the buyer's time to pay has passed",
  why: "The seller's deposit is bound for a buyer who does not pay.",
  remedy: "Remind the buyer; let the seller cancel on the chain if the contract allows it.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ now }) => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id, 'paymentDeadline', o.payment_deadline) AS evidence
      FROM marketplace.orders AS o
     WHERE ${orderIs("escrowed")} AND o.payment_deadline < ${now}`,
};
