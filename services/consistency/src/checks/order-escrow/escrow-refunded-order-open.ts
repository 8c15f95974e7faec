import { ENDED_ORDER_STATUSES, LIVE_ESCROW_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { followEscrow } from "../../heal/follow-escrow.ts";
import { sql } from "../../sql.ts";
import { UNPAID_ESCROW_STATUSES } from "../statuses.ts";
import { ESCROW_ID, escrowIs, orderIs, STATUSES, trades } from "../trades.ts";

export const escrowRefundedOrderOpen: Check = {
  code: "ESCROW_REFUNDED_ORDER_OPEN",
  severity: "high",
  meaning: "the escrow was refunded, cancelled or split, but its order has not ended",
  why: "The buyer may still pay for money that went back to the seller.",
  remedy: "Warn the buyer; then see that chain-sync runs, and resync the block of the refund.",
  entityType: "escrow",
  graceSeconds: "following",
  inhibits: [
    "PAYMENT_WINDOW_OVERDUE",
    "RELEASE_OVERDUE_NO_DISPUTE",
    "PAYOUT_PENDING_STUCK",
    "ORDER_DISPUTED_NO_DISPUTE",
  ],
  heal: followEscrow,
  query: ({ among }) =>
    trades(among, {
      entityId: ESCROW_ID,
      // Where another escrow took this one's place, the order goes on with that.
      where: sql`${escrowIs(...UNPAID_ESCROW_STATUSES)} AND NOT ${orderIs(...ENDED_ORDER_STATUSES)}
                 AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS next
                                  WHERE next.order_id = o.id AND next.status = ANY(${LIVE_ESCROW_STATUSES}))`,
      evidence: STATUSES,
      since: sql`e.status_since`,
    }),
};
