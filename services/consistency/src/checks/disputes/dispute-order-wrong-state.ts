import { LIVE_DISPUTE_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { followEscrow } from "../../heal/follow-escrow.ts";
import { sql } from "../../sql.ts";
import { DISPUTED_ESCROW_STATUSES } from "../statuses.ts";
import { disputeIs, ESCROW_ID, escrowIs, orderIs } from "../trades.ts";

/** The escrow of order `o` that is in dispute on the chain: what that says is what is right. Reads through `escrows_order`. */
const DISPUTED_ESCROW = sql`(SELECT min(${ESCROW_ID}) FROM vigia.escrows AS e
                              WHERE e.order_id = o.id AND ${escrowIs(...DISPUTED_ESCROW_STATUSES)})`;

export const disputeOrderWrongState: Check = {
  code: "DISPUTE_ORDER_WRONG_STATE",
  severity: "high",
  meaning: "the dispute is not decided, but its order is not in dispute",
  why: "The trade goes on as if nobody had objected.",
  remedy:
    "If the escrow is in dispute on the chain, move the order to disputed; else find out who closed the one and not the other.",
  entityType: "dispute",
  graceSeconds: "following",
  inhibits: ["DISPUTE_ESCROW_NOT_DISPUTED"],
  heal: followEscrow,
  query: () => sql`
    SELECT d.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'orderStatus', o.status, 'disputeStatus', d.status,
                              'escrow', ${DISPUTED_ESCROW}) AS evidence,
           GREATEST(d.opened_at, o.updated_at) AS since
      FROM marketplace.disputes AS d
      JOIN marketplace.orders AS o ON o.id = d.order_id
     WHERE ${disputeIs(...LIVE_DISPUTE_STATUSES)} AND NOT ${orderIs("disputed")}`,
};
