import {
  ENDED_ORDER_STATUSES,
  ESCROW_UNDONE,
  type EscrowStatus,
  FOLLOWED_ESCROW,
  ORDER_PATH_BY_ESCROW,
  type OrderStatus,
} from "@vigia/messages";
import type { OrderChange } from "./orders.ts";
import type { Queryable } from "./queryable.ts";

/** An order, and every state that its escrow was in, as far as the chain still says so. */
export interface FollowedEscrow {
  readonly orderId: string;
  readonly reached: readonly EscrowStatus[];
}

/** A step of an order's history, the oldest first. */
export interface OrderStep {
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  readonly reason: string | null;
}

/**
 * The steps at the end of an order's history that its escrow led to and does not support any more, the last one first.
 * None where somebody else moved the order since.
 */
export function stepsToUndo(
  history: readonly OrderStep[],
  status: OrderStatus,
  reached: readonly EscrowStatus[],
): OrderStep[] {
  const supported = new Set(reached.flatMap((escrow) => ORDER_PATH_BY_ESCROW[escrow]));
  const followed: OrderStep[] = [];
  for (const step of history) {
    if (step.reason === ESCROW_UNDONE) followed.pop();
    else if (step.reason === FOLLOWED_ESCROW) followed.push(step);
    else followed.length = 0;
  }
  if (followed.at(-1)?.to !== status) return [];
  const undone: OrderStep[] = [];
  for (let last = followed.pop(); last && !supported.has(last.to); last = followed.pop()) undone.push(last);
  return undone;
}

/** Takes those steps back: the history keeps both. Holds the orders for the rest of the transaction. */
export async function undoSteps(sql: Queryable, escrows: readonly FollowedEscrow[]): Promise<OrderChange[]> {
  if (escrows.length === 0) return [];
  const reached = new Map(escrows.map((escrow) => [escrow.orderId, escrow.reached]));
  const orderIds = [...reached.keys()];
  const { rows: orders } = await sql.query<Omit<OrderChange, "previousStatus">>(
    `SELECT id AS "orderId", status, seller_id AS "sellerId", buyer_id AS "buyerId"
       FROM marketplace.orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
    [orderIds],
  );
  // Reads through `order_history_order`.
  const { rows: steps } = await sql.query<OrderStep & { readonly orderId: string }>(
    `SELECT order_id AS "orderId", from_status AS "from", to_status AS "to", reason
       FROM marketplace.order_history WHERE order_id = ANY($1::uuid[]) ORDER BY id`,
    [orderIds],
  );
  const changes = orders.flatMap((order) => {
    const history = steps.filter(({ orderId }) => orderId === order.orderId);
    const undone = stepsToUndo(history, order.status, reached.get(order.orderId) ?? []);
    return undone.flatMap(({ from, to }) => (from ? { ...order, status: from, previousStatus: to } : []));
  });
  await write(sql, changes);
  return changes;
}

async function write(sql: Queryable, changes: readonly OrderChange[]): Promise<void> {
  if (changes.length === 0) return;
  const statuses = new Map(changes.map(({ orderId, status }) => [orderId, status]));
  await sql.query(
    `UPDATE marketplace.orders AS o
        SET status = undone.status, updated_at = now(),
            ended_at = CASE WHEN undone.status = ANY($3::text[]) THEN o.ended_at END
       FROM unnest($1::uuid[], $2::text[]) AS undone (id, status) WHERE o.id = undone.id`,
    [[...statuses.keys()], [...statuses.values()], ENDED_ORDER_STATUSES],
  );
  await sql.query(
    `INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor, reason)
     SELECT order_id, from_status, to_status, 'vigia', $4
       FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS undone (order_id, from_status, to_status, place)
      ORDER BY place`,
    [
      changes.map(({ orderId }) => orderId),
      changes.map(({ previousStatus }) => previousStatus),
      changes.map(({ status }) => status),
      ESCROW_UNDONE,
    ],
  );
}
