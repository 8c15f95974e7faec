import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ORDER_ID, trades } from "../trades.ts";

export const tokenMismatch: Check = {
  code: "TOKEN_MISMATCH",
  severity: "critical",
  meaning: "the order and its escrow are about different tokens",
  why: "The deposit may be of a token that is worth nothing.",
  remedy: "Stop the trade, warn the buyer, and have the escrow cancelled on the chain.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) =>
    trades(among, {
      entityId: ORDER_ID,
      where: sql`lower(o.token) <> lower(e.token)`,
      evidence: sql`'orderToken', lower(o.token), 'escrowToken', lower(e.token)`,
    }),
};
