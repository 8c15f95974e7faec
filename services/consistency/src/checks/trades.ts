import { type DisputeStatus, type EscrowStatus, LIVE_DISPUTE_STATUSES, type OrderStatus } from "@vigia/messages";
import type { Among } from "../among.ts";
import { type Sql, sql } from "../sql.ts";

/** What an escrow `e` is called in findings: its chain, its contract and its id there. */
export const ESCROW_ID = sql`concat_ws(':', e.chain_id, e.contract, e.escrow_id)`;

export function orderIs(...statuses: readonly OrderStatus[]): Sql {
  return sql`o.status = ANY(${statuses})`;
}

export function escrowIs(...statuses: readonly EscrowStatus[]): Sql {
  return sql`e.status = ANY(${statuses})`;
}

export function disputeIs(...statuses: readonly DisputeStatus[]): Sql {
  return sql`d.status = ANY(${statuses})`;
}

/** No escrow belongs to order `o`. Reads through `escrows_order` and `escrows_id`. */
export const WITHOUT_ESCROW = sql`
  NOT EXISTS (SELECT 1 FROM vigia.escrows AS own WHERE own.order_id = o.id)
  AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS own WHERE own.escrow_id = o.trade_key)`;

/** A dispute about order `o` is not decided. Reads through `disputes_order`. */
export const HAS_LIVE_DISPUTE = sql`
  EXISTS (SELECT 1 FROM marketplace.disputes AS d WHERE d.order_id = o.id AND ${disputeIs(...LIVE_DISPUTE_STATUSES)})`;

export interface TradeQuestion {
  readonly entityId: Sql;
  /** Of an order `o` and its escrow `e`. */
  readonly where: Sql;
  /** Pairs of a name and a value, besides the order and the escrow. */
  readonly evidence: Sql;
  /** From when on one side had time to follow the other. */
  readonly since?: Sql;
}

/**
 * Asks of orders with their escrows: the escrow that is linked to it, or one that is not linked yet and bears the
 * order's trade key. Reads through the orders' primary key and `orders_trade_key`.
 */
export function trades(among: Among, { entityId, where, evidence, since = sql`NULL` }: TradeQuestion): Sql {
  const asked = sql`${among.orders(sql`o.id`)} AND ${where}`;
  const found = sql`
    SELECT ${entityId} AS entity_id,
           jsonb_build_object('orderId', o.id, 'escrow', ${ESCROW_ID}, ${evidence}) AS evidence,
           ${since} AS since
      FROM vigia.escrows AS e`;
  return sql`
    ${found} JOIN marketplace.orders AS o ON o.id = e.order_id WHERE ${asked}
    UNION ALL
    ${found} JOIN marketplace.orders AS o ON e.order_id IS NULL AND o.trade_key = e.escrow_id WHERE ${asked}`;
}

export const ORDER_ID = sql`o.id::text`;
export const STATUSES = sql`'orderStatus', o.status, 'escrowStatus', e.status`;
