import type { DisputeStatus, OrderStatus } from "@vigia/messages";
import type { User } from "./users.ts";

/** What is needed of a `pg` pool or client. */
export interface Sql {
  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export interface Order {
  readonly id: string;
  readonly sellerId: string;
  readonly buyerId: string;
  readonly sellerAddress: string;
  readonly buyerAddress: string;
  readonly chainId: number;
  readonly token: string;
  readonly amount: bigint;
  readonly tradeKey: string;
  readonly status: OrderStatus;
  readonly expiresAt: Date;
  readonly updatedAt: Date;
}

export type NewOrder = Omit<Order, "updatedAt">;

/** The order as seen in its table, with the state of its newest dispute. */
export interface OrderView extends Order {
  readonly dispute: DisputeStatus | null;
}

const PAYMENT_HOURS = 2;
const RELEASE_HOURS = 4;

/** The demo marketplace's tables, written as its own backend would. It never writes a table of Vigia's. */
export interface Marketplace {
  addUsers(users: readonly User[]): Promise<void>;
  /** Adds an order with its first history row; one with the same id is left as it is. */
  addOrder(order: NewOrder): Promise<void>;
  /** Moves an order if it is in `from`, with its history row; says whether it was. */
  moveOrder(id: string, from: OrderStatus, to: OrderStatus, actor: string, reason: string): Promise<boolean>;
  setTransaction(id: string, column: "deposit_tx" | "payout_tx", hash: string): Promise<void>;
  setAmount(id: string, amount: bigint): Promise<void>;
  setExpiry(id: string, expiresAt: Date): Promise<void>;
  openDispute(dispute: { id: string; orderId: string; openedBy: string }): Promise<void>;
  moveDispute(orderId: string, from: DisputeStatus, to: DisputeStatus, winnerId?: string): Promise<void>;
  /** The newest `limit` orders of these sellers that have not ended, or whose dispute is still to be closed. */
  openOrders(sellerIds: readonly string[], limit: number): Promise<OrderView[]>;
  countOrders(sellerIds: readonly string[]): Promise<number>;
  orderStatus(id: string): Promise<OrderStatus | undefined>;
}

export function marketplace(sql: Sql): Marketplace {
  return { ...userTables(sql), ...orderTables(sql), ...disputeTables(sql), ...questions(sql) };
}

function userTables(sql: Sql): Pick<Marketplace, "addUsers"> {
  return {
    async addUsers(users) {
      await sql.query(
        `INSERT INTO marketplace.users (id, name, address, language, operator)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[])
         ON CONFLICT (id) DO NOTHING`,
        [
          users.map((user) => user.id),
          users.map((user) => user.name),
          users.map((user) => user.address),
          users.map((user) => user.language),
          users.map((user) => user.operator),
        ],
      );
    },
  };
}

type OrderWrites = "addOrder" | "moveOrder" | "setTransaction" | "setAmount" | "setExpiry";

function orderTables(sql: Sql): Pick<Marketplace, OrderWrites> {
  return {
    async addOrder(order) {
      await sql.query(
        `WITH added AS (
           INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                           trade_key, status, expires_at, payment_deadline, release_deadline)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                   now() + make_interval(hours => $12), now() + make_interval(hours => $13))
           ON CONFLICT (id) DO NOTHING
           RETURNING id, status
         )
         INSERT INTO marketplace.order_history (order_id, to_status, actor, reason)
         SELECT id, status, 'marketplace', 'agreed' FROM added`,
        [
          order.id,
          order.sellerId,
          order.buyerId,
          order.sellerAddress,
          order.buyerAddress,
          order.chainId,
          order.token,
          order.amount.toString(),
          order.tradeKey,
          order.status,
          order.expiresAt,
          PAYMENT_HOURS,
          RELEASE_HOURS,
        ],
      );
    },

    async moveOrder(id, from, to, actor, reason) {
      const { rowCount } = await sql.query(
        `WITH moved AS (
           UPDATE marketplace.orders
              SET status = $3, updated_at = now(),
                  ended_at = CASE WHEN $3 IN ('completed', 'cancelled') THEN now() END
            WHERE id = $1 AND status = $2
           RETURNING id
         )
         INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor, reason)
         SELECT id, $2, $3, $4, $5 FROM moved`,
        [id, from, to, actor, reason],
      );
      return rowCount === 1;
    },

    async setTransaction(id, column, hash) {
      await sql.query(`UPDATE marketplace.orders SET ${column} = $2, updated_at = now() WHERE id = $1`, [id, hash]);
    },

    async setAmount(id, amount) {
      const values = [id, amount.toString()];
      await sql.query("UPDATE marketplace.orders SET amount = $2, updated_at = now() WHERE id = $1", values);
    },

    async setExpiry(id, expiresAt) {
      const values = [id, expiresAt];
      await sql.query("UPDATE marketplace.orders SET expires_at = $2, updated_at = now() WHERE id = $1", values);
    },
  };
}

function disputeTables(sql: Sql): Pick<Marketplace, "openDispute" | "moveDispute"> {
  return {
    async openDispute({ id, orderId, openedBy }) {
      await sql.query(
        `INSERT INTO marketplace.disputes (id, order_id, opened_by, status) VALUES ($1, $2, $3, 'opened')
         ON CONFLICT (id) DO NOTHING`,
        [id, orderId, openedBy],
      );
    },

    async moveDispute(orderId, from, to, winnerId) {
      await sql.query(
        `UPDATE marketplace.disputes
            SET status = $3, updated_at = now(), winner_id = coalesce($4, winner_id),
                ruled_at = CASE WHEN $3 = 'ruled' THEN now() ELSE ruled_at END,
                closed_at = CASE WHEN $3 = 'closed' THEN now() END
          WHERE order_id = $1 AND status = $2`,
        [orderId, from, to, winnerId ?? null],
      );
    },
  };
}

function questions(sql: Sql): Pick<Marketplace, "openOrders" | "countOrders" | "orderStatus"> {
  return {
    async openOrders(sellerIds, limit) {
      const { rows } = await sql.query<Omit<OrderView, "amount" | "chainId"> & { amount: string; chainId: string }>(
        `SELECT o.id, o.seller_id AS "sellerId", o.buyer_id AS "buyerId", o.seller_address AS "sellerAddress",
                o.buyer_address AS "buyerAddress", o.chain_id AS "chainId", o.token, o.amount, o.trade_key AS "tradeKey",
                o.status, o.expires_at AS "expiresAt", o.updated_at AS "updatedAt", d.status AS dispute
           FROM marketplace.orders AS o
           LEFT JOIN LATERAL (SELECT status FROM marketplace.disputes WHERE order_id = o.id
                               ORDER BY opened_at DESC LIMIT 1) AS d ON true
          WHERE o.seller_id = ANY($1)
            AND (o.status IN ('created', 'deposit_pending', 'escrowed', 'payment_sent', 'releasing', 'disputed')
                 OR d.status IN ('ruled', 'executed'))
          ORDER BY o.created_at DESC
          LIMIT $2`,
        [sellerIds, limit],
      );
      return rows.map((row) => ({ ...row, amount: BigInt(row.amount), chainId: Number(row.chainId) }));
    },

    async countOrders(sellerIds) {
      const text = "SELECT count(*)::int AS count FROM marketplace.orders WHERE seller_id = ANY($1)";
      const { rows } = await sql.query<{ count: number }>(text, [sellerIds]);
      return rows[0]?.count ?? 0;
    },

    async orderStatus(id) {
      const text = "SELECT status FROM marketplace.orders WHERE id = $1";
      const { rows } = await sql.query<{ status: OrderStatus }>(text, [id]);
      return rows[0]?.status;
    },
  };
}
