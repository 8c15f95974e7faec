import type { Check } from "../../check.ts";
import { followEscrow } from "../../heal/follow-escrow.ts";
import { sql } from "../../sql.ts";
import { FUNDED_ESCROW_STATUSES, WAITING_ORDER_STATUSES } from "../statuses.ts";
import { ESCROW_ID, escrowIs, orderIs, STATUSES, trades } from "../trades.ts";

export const escrowFundedOrderWaiting: Check = {
  code: "ESCROW_FUNDED_ORDER_WAITING",
  severity: "high",
  meaning: "the escrow is funded, but its order still waits for the deposit",
  why: "The seller has deposited and the buyer is not told that they may pay.",
  remedy:
    "See that chain-sync runs and that the order is linked to its escrow; a resync of the deposit's block moves it on.",
  entityType: "escrow",
  graceSeconds: "following",
  inhibits: ["DEPOSIT_PENDING_STUCK"],
  heal: followEscrow,
  query: ({ among }) =>
    trades(among, {
      entityId: ESCROW_ID,
      where: sql`${escrowIs(...FUNDED_ESCROW_STATUSES)} AND ${orderIs(...WAITING_ORDER_STATUSES)}`,
      evidence: STATUSES,
      since: sql`e.status_since`,
    }),
};
