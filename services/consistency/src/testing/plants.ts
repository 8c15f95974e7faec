import type { Queryable } from "@vigia/database";
import type { EscrowStatus, OrderStatus } from "@vigia/messages";
import type { Random } from "@vigia/testkit";
import type { Seen } from "./look.ts";

/** How a sound trade is spoiled, so that one check finds it and no other but what follows from it. */
interface Plant {
  readonly check: string;
  readonly on: readonly [OrderStatus, EscrowStatus | null];
  /** `$1` is the order's id. */
  readonly spoil: string;
  readonly finds?: "escrow" | "dispute";
}

const setOrder = (change: string) => `UPDATE marketplace.orders SET ${change} WHERE id = $1`;
const OTHER_ADDRESS = `'0x${"0f".repeat(20)}'`;

export const PLANTS: readonly Plant[] = [
  { check: "AMOUNT_MISMATCH", on: ["escrowed", "locked"], spoil: setOrder("amount = amount + 1") },
  { check: "TOKEN_MISMATCH", on: ["payment_sent", "locked"], spoil: setOrder(`token = ${OTHER_ADDRESS}`) },
  { check: "PARTY_MISMATCH", on: ["releasing", "locked"], spoil: setOrder(`buyer_address = ${OTHER_ADDRESS}`) },
  { check: "ORDER_ESCROW_MISSING", on: ["created", null], spoil: setOrder("status = 'escrowed'") },
  { check: "ORDER_CANCELLED_ESCROW_FUNDED", on: ["escrowed", "locked"], spoil: setOrder("status = 'cancelled'") },
  { check: "ORDER_COMPLETED_ESCROW_OPEN", on: ["payment_sent", "locked"], spoil: setOrder("status = 'completed'") },
  {
    check: "ESCROW_RELEASED_ORDER_OPEN",
    on: ["releasing", "locked"],
    spoil: "UPDATE vigia.escrows SET status = 'released', balance = 0 WHERE order_id = $1",
    finds: "escrow",
  },
  {
    check: "PAYOUT_NOT_CONSERVED",
    on: ["refunded", "refunded"],
    spoil: "UPDATE vigia.escrows SET balance = 1 WHERE order_id = $1",
    finds: "escrow",
  },
  {
    check: "DEPOSIT_PENDING_STUCK",
    on: ["deposit_pending", null],
    spoil: setOrder("updated_at = now() - interval '2 h'"),
  },
  {
    check: "PAYOUT_PENDING_STUCK",
    on: ["releasing", "locked"],
    spoil: setOrder("updated_at = now() - interval '2 h'"),
  },
  {
    check: "ORDER_EXPIRED_NOT_CANCELLED",
    on: ["created", null],
    spoil: setOrder("expires_at = now() - interval '3 h'"),
  },
  {
    check: "PAYMENT_WINDOW_OVERDUE",
    on: ["escrowed", "locked"],
    spoil: setOrder("payment_deadline = now() - interval '1 h'"),
  },
  {
    check: "RELEASE_OVERDUE_NO_DISPUTE",
    on: ["payment_sent", "locked"],
    spoil: setOrder("release_deadline = now() - interval '1 h'"),
  },
  {
    check: "ORDER_DISPUTED_NO_DISPUTE",
    on: ["disputed", "disputed"],
    spoil: "DELETE FROM marketplace.disputes WHERE order_id = $1",
  },
  {
    check: "DISPUTE_STALE",
    on: ["disputed", "disputed"],
    spoil:
      "UPDATE marketplace.disputes SET updated_at = now() - interval '8 days' WHERE order_id = $1 AND status = 'under_review'",
    finds: "dispute",
  },
  { check: "AMOUNT_NOT_POSITIVE", on: ["created", null], spoil: setOrder("amount = 0") },
  { check: "SELF_TRADE", on: ["cancelled", null], spoil: setOrder("buyer_id = seller_id") },
  {
    check: "TIMESTAMPS_IMPOSSIBLE",
    on: ["completed", "released"],
    spoil: setOrder("ended_at = created_at - interval '1 h'"),
  },
  {
    check: "STATUS_HISTORY_MISMATCH",
    on: ["escrowed", "locked"],
    spoil: `INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor)
            VALUES ($1, 'escrowed', 'payment_sent', 'marketplace')`,
  },
  {
    check: "HISTORY_ILLEGAL_TRANSITION",
    on: ["expired", null],
    spoil: `INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor)
            VALUES ($1, 'completed', 'expired', 'marketplace')`,
  },
];

/** What must be found, and the order that was spoiled. */
export interface Planted extends Seen {
  readonly orderId: string;
}

/** Spoils some trades in each way, each trade in one. */
export async function plantSome(sql: Queryable, random: Random, most: number): Promise<Planted[]> {
  const planted: Planted[] = [];
  const spoiled: string[] = [];
  for (const { check, on, spoil, finds } of PLANTS) {
    const { rows } = await sql.query<{ order: string; escrow: string | null; dispute: string | null }>(
      `SELECT o.id AS "order", concat_ws(':', e.chain_id, e.contract, e.escrow_id) AS escrow, d.id AS dispute
         FROM marketplace.orders AS o
         LEFT JOIN vigia.escrows AS e ON e.order_id = o.id
         LEFT JOIN marketplace.disputes AS d ON d.order_id = o.id
        WHERE o.status = $1 AND e.status IS NOT DISTINCT FROM $2 AND o.id <> ALL($3::uuid[])
          AND (d.status IS NULL OR d.status = 'under_review')
        ORDER BY o.id`,
      [...on, spoiled],
    );
    for (let left = random.int(1, most + 1); left > 0; left -= 1) {
      const [trade] = rows.splice(random.int(0, rows.length), 1);
      if (!trade) throw new Error(`there is no trade left to plant ${check} on`);
      await sql.query(spoil, [trade.order]);
      spoiled.push(trade.order);
      planted.push({ check, entityId: trade[finds ?? "order"] ?? "", orderId: trade.order });
    }
  }
  return planted;
}
