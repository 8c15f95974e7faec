import { LIVE_DISPUTE_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { disputeIs, orderIs } from "../trades.ts";

export const orderDisputedNoDispute: Check = {
  code: "ORDER_DISPUTED_NO_DISPUTE",
  severity: "high",
  meaning: "the order is in dispute, but there is no dispute about it",
  why: "The trade stands still and nobody is going to decide it.",
  remedy: "Find the dispute on the chain and enter it, or move the order on if the parties have settled.",
  entityType: "order",
  graceSeconds: "following",
  inhibits: [],
  // A ruling that the chain has still to carry out explains the order's state; so, for a while, does a dispute's end.
  query: () => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id) AS evidence,
           GREATEST(o.updated_at, (SELECT max(d.updated_at) FROM marketplace.disputes AS d
                                    WHERE d.order_id = o.id)) AS since
      FROM marketplace.orders AS o
     WHERE ${orderIs("disputed")}
       AND NOT EXISTS (SELECT 1 FROM marketplace.disputes AS d
                        WHERE d.order_id = o.id AND ${disputeIs(...LIVE_DISPUTE_STATUSES, "ruled")})`,
};
