import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ORDER_ID, trades } from "../trades.ts";

export const partyMismatch: Check = {
  code: "PARTY_MISMATCH",
  severity: "critical",
  meaning: "the escrow's seller or buyer is not the order's",
  why: "The contract will pay somebody else than the order says.",
  remedy: "Stop the trade, warn the buyer not to pay, and have the escrow cancelled on the chain.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) =>
    trades(among, {
      entityId: ORDER_ID,
      where: sql`(lower(o.seller_address), lower(o.buyer_address)) <> (lower(e.seller_address), lower(e.buyer_address))`,
      evidence: sql`'orderSeller', lower(o.seller_address), 'escrowSeller', lower(e.seller_address),
                    'orderBuyer', lower(o.buyer_address), 'escrowBuyer', lower(e.buyer_address)`,
    }),
};
