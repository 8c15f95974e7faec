import { LIVE_ESCROW_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { CALLED_OFF_ORDER_STATUSES } from "../statuses.ts";
import { escrowIs, ORDER_ID, orderIs, STATUSES, trades } from "../trades.ts";

export const orderCancelledEscrowFunded: Check = {
  code: "ORDER_CANCELLED_ESCROW_FUNDED",
  severity: "critical",
  meaning: "the order was cancelled or expired, but its escrow still holds, or waits for, money",
  why: "Money is locked in a trade that nobody works on any more.",
  remedy:
    "Have the deposit cancelled or refunded on the chain by the parties; if the buyer has paid, open a dispute first.",
  entityType: "order",
  graceSeconds: "following",
  inhibits: ["STATUS_HISTORY_MISMATCH", "HISTORY_ILLEGAL_TRANSITION", "TIMESTAMPS_IMPOSSIBLE"],
  query: ({ among }) =>
    trades(among, {
      entityId: ORDER_ID,
      where: sql`${orderIs(...CALLED_OFF_ORDER_STATUSES)} AND ${escrowIs(...LIVE_ESCROW_STATUSES)}`,
      evidence: sql`${STATUSES}, 'balance', e.balance::text`,
      since: sql`o.updated_at`,
    }),
};
