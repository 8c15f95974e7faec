import { ESCROWED_ORDER_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import type { Heal } from "../../heal/heal.ts";
import { sql } from "../../sql.ts";
import { orderIs, WITHOUT_ESCROW } from "../trades.ts";

/** An escrow is made after its order: no log of it lies before the last one that is older than the order. */
const readSinceCreation: Heal = {
  does: "chain-sync reads the blocks since the order was made again and rebuilds what follows from them (`chain-sync.resync`)",
  async plan({ entityId }, view) {
    // Walks down the logs' primary key, from the newest to the order.
    const { rows } = await view.query<{ chainId: number; fromBlock: number }>(
      `SELECT o.chain_id AS "chainId",
              coalesce((SELECT l.block_number FROM vigia.chain_logs AS l
                         WHERE l.chain_id = o.chain_id AND l.mined_at <= o.created_at
                         ORDER BY l.block_number DESC LIMIT 1), 0) AS "fromBlock"
         FROM marketplace.orders AS o WHERE o.id = $1`,
      [entityId],
    );
    return rows[0] && { gives: "chain-sync.resync", data: { ...rows[0] } };
  },
};

export const orderEscrowMissing: Check = {
  code: "ORDER_ESCROW_MISSING",
  severity: "critical",
  meaning: "the order's money should lie in an escrow, but it has no escrow",
  why: "The buyer may pay against money that is not there.",
  remedy:
    "Look whether chain-sync is behind. If it is not, look the deposit's transaction up and resync its blocks; tell the buyer not to pay before the escrow is there.",
  entityType: "order",
  graceSeconds: "following",
  inhibits: [
    "PAYMENT_WINDOW_OVERDUE",
    "STATUS_HISTORY_MISMATCH",
    "HISTORY_ILLEGAL_TRANSITION",
    "DISPUTE_BEFORE_FUNDING",
  ],
  heal: readSinceCreation,
  query: ({ among }) => sql`
    SELECT o.id AS entity_id,
           jsonb_build_object('orderId', o.id, 'orderStatus', o.status, 'tradeKey', o.trade_key,
                              'chainId', o.chain_id::text) AS evidence,
           o.updated_at AS since
      FROM marketplace.orders AS o
     WHERE ${orderIs(...ESCROWED_ORDER_STATUSES)} AND ${WITHOUT_ESCROW} AND ${among.orders(sql`o.id`)}`,
};
