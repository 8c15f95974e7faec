import type { Check } from "../../check.ts";
import { followEscrow } from "../../heal/follow-escrow.ts";
import { sql } from "../../sql.ts";
import { PAID_ESCROW_STATUSES } from "../statuses.ts";
import { ESCROW_ID, escrowIs, orderIs, STATUSES, trades } from "../trades.ts";

export const escrowReleasedOrderOpen: Check = {
  code: "ESCROW_RELEASED_ORDER_OPEN",
  severity: "high",
  meaning: "the escrow was released to the buyer, but its order is not completed",
  why: "The trade is done and its parties still wait, or act, as if it were not.",
  remedy:
    "See that chain-sync runs and that the order is linked to its escrow; a resync of the release's block moves it on.",
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
      where: sql`${escrowIs(...PAID_ESCROW_STATUSES)} AND NOT ${orderIs("completed")}`,
      evidence: STATUSES,
      since: sql`e.status_since`,
    }),
};
