import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs } from "../trades.ts";

export const systemCancelDuringOutage: Check = {
  code: "SYSTEM_CANCEL_DURING_OUTAGE",
  severity: "high",
  meaning: "the system expired the order although its time ran out while users could not act",
  why: "A user lost a trade because of us.",
  remedy: "Tell both parties, and offer them the same trade anew; look for a deposit that was on its way.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  // From the few downtimes to what expired in them: an outage that is put on record later is seen too.
  query: ({ among }) => sql`
    SELECT o.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'expiresAt', o.expires_at, 'expiredAt', ended.at) AS evidence
      FROM marketplace.orders AS o
      JOIN vigia.downtimes AS away ON o.expires_at >= away.started_at AND o.expires_at < away.ended_at
      JOIN marketplace.order_history AS ended
        ON ended.order_id = o.id AND ended.to_status = 'expired' AND ended.actor = 'vigia'
     WHERE ${orderIs("expired")} AND ${among.orders(sql`o.id`)} AND ended.at < vigia.expiry_after_downtimes(o.expires_at)`,
};
