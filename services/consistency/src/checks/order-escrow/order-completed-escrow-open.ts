import { LIVE_ESCROW_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { PAID_ESCROW_STATUSES } from "../statuses.ts";
import { escrowIs, ORDER_ID, orderIs, STATUSES, trades } from "../trades.ts";

export const orderCompletedEscrowOpen: Check = {
  code: "ORDER_COMPLETED_ESCROW_OPEN",
  severity: "critical",
  meaning: "the order is completed, but its escrow was not released to the buyer",
  why: "The buyer was told that the tokens are theirs, and they are not.",
  remedy:
    "Look the payout's transaction up. If it failed, ask the seller to release again; if the seller refuses, open a dispute.",
  entityType: "order",
  graceSeconds: "following",
  inhibits: ["STATUS_HISTORY_MISMATCH", "HISTORY_ILLEGAL_TRANSITION", "TIMESTAMPS_IMPOSSIBLE"],
  query: ({ among }) =>
    trades(among, {
      entityId: ORDER_ID,
      // An order may have had an escrow that came to nothing before the one that paid.
      where: sql`${orderIs("completed")} AND NOT ${escrowIs(...PAID_ESCROW_STATUSES)}
                 AND (${escrowIs(...LIVE_ESCROW_STATUSES)}
                      OR NOT EXISTS (SELECT 1 FROM vigia.escrows AS paid
                                      WHERE paid.order_id = o.id AND paid.status = ANY(${PAID_ESCROW_STATUSES})))`,
      evidence: sql`${STATUSES}, 'balance', e.balance::text`,
      since: sql`o.updated_at`,
    }),
};
