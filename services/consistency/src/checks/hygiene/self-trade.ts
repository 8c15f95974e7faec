import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const selfTrade: Check = {
  code: "SELF_TRADE",
  severity: "high",
  meaning: "the order's seller and buyer are one person or share an address",
  why: "Somebody buys from themself: for reputation, or to launder money.",
  remedy: "Review the account; nothing is to be done about the trade itself.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT o.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'sellerId', o.seller_id, 'buyerId', o.buyer_id,
                              'sellerAddress', o.seller_address, 'buyerAddress', o.buyer_address) AS evidence
      FROM marketplace.orders AS o
     WHERE (o.seller_id = o.buyer_id OR lower(o.seller_address) = lower(o.buyer_address)) AND ${among.orders(sql`o.id`)}`,
};
