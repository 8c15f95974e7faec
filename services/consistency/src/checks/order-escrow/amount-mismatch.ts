import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ORDER_ID, trades } from "../trades.ts";

export const amountMismatch: Check = {
  code: "AMOUNT_MISMATCH",
  severity: "critical",
  meaning: "the order and its escrow are about the same token, but different amounts",
  why: "Somebody gets more or less than was agreed.",
  remedy: "Stop the trade before the buyer pays; the parties must agree on the amount, or cancel on the chain.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) =>
    trades(among, {
      entityId: ORDER_ID,
      where: sql`o.amount <> e.amount AND lower(o.token) = lower(e.token)`,
      evidence: sql`'orderAmount', o.amount::text, 'escrowAmount', e.amount::text`,
    }),
};
