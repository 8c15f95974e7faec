import {
  ENDED_ORDER_STATUSES,
  ESCROW_STATUSES,
  FOLLOWED_ESCROW,
  mayOrderBecome,
  ORDER_PATH_BY_ESCROW,
  ORDER_STATUSES,
  type OrderStatus,
} from "@vigia/messages";
import { type FollowedEscrow, undoSteps } from "./order-undoing.ts";
import type { Queryable } from "./queryable.ts";
import { walkIndexes } from "./walk-indexes.ts";

/** An order that moved: all that its event needs. */
export interface OrderChange {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly previousStatus: OrderStatus;
  readonly sellerId: string;
  readonly buyerId: string;
}

/** A batch of orders that ended. */
export interface Expired {
  readonly orders: readonly OrderChange[];
  /** The latest expiry among them, exact, for the next batch to begin at; `null` where there was none. */
  readonly last: string | null;
}

export interface EscrowKey {
  readonly chainId: number;
  readonly contract: string;
  readonly escrowId: string;
}

export interface Orders {
  /**
   * Ends up to `limit` orders that are due at `at`, each with its history row, in one statement. Due is an order in
   * `created` whose expiry, downtimes added, has passed, that has neither an escrow nor a deposit in flight, and whose
   * chain is read past that expiry: else its escrow may be there and not be known. Orders that someone else is changing
   * right now are left for the next run; an instant in the future counts as now. Reads through `orders_due`, from where
   * the batch before this one ended: what was ended or left there is not walked over again.
   */
  expireDue(at: Date, limit: number, from?: string): Promise<Expired>;
  /** How many orders `expireDue` would end at `at`, without a limit. */
  countDue(at: Date): Promise<number>;
  /**
   * Moves the orders of these escrows to where their escrow is, step by legal step; what may not follow stays. Of several
   * escrows of one order, on several contracts, the first leads: a later one may have been made to look like it.
   */
  followEscrows(escrows: readonly EscrowKey[]): Promise<OrderChange[]>;
  /**
   * Takes back, the last one first, each step that these orders took because of their escrow and that the chain does not
   * support any more. An order that somebody else moved since stays.
   */
  undoSteps(escrows: readonly FollowedEscrow[]): Promise<OrderChange[]>;
}

const CHANGE_COLUMNS = `o.id AS "orderId", o.status AS "status", old.status AS "previousStatus",
                 o.seller_id AS "sellerId", o.buyer_id AS "buyerId"`;

/** Until when each chain is read: the time of the last block whose logs are applied, for all of its contracts. */
const KNOWN = `known AS MATERIALIZED (
           SELECT c.chain_id, min(b.mined_at) AS until
             FROM vigia.chain_cursors AS c
             LEFT JOIN vigia.chain_blocks AS b
                    ON b.chain_id = c.chain_id AND b.contract = c.contract AND b.number = c.block_number
            GROUP BY c.chain_id
           HAVING count(b.mined_at) = count(*)
         )`;

const DUE = `status = 'created' AND expires_at <= LEAST($1::timestamptz, now()) AND deposit_tx IS NULL
              AND expires_at <= (SELECT until FROM known WHERE known.chain_id = due.chain_id)
              AND (NOT EXISTS (SELECT 1 FROM vigia.downtimes WHERE ended_at > expires_at AND started_at <= expires_at)
                   OR vigia.expiry_after_downtimes(expires_at)
                      <= LEAST($1::timestamptz, now(), (SELECT until FROM known WHERE known.chain_id = due.chain_id)))
              AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS e
                               WHERE e.order_id = due.id OR e.escrow_id = due.trade_key)`;

export function orders(sql: Queryable): Orders {
  return {
    async expireDue(at, limit, from) {
      await walkIndexes(sql);
      const { rows } = await sql.query<OrderChange & { last: string }>(
        `WITH ${KNOWN}, old AS (
           SELECT id, status
             FROM marketplace.orders AS due
            WHERE ${DUE} AND expires_at >= $3
            ORDER BY expires_at
            LIMIT $2
              FOR UPDATE SKIP LOCKED
         ), changed AS (
           UPDATE marketplace.orders AS o
              SET status = 'expired', updated_at = now(), ended_at = now()
             FROM old
            WHERE o.id = old.id
           RETURNING ${CHANGE_COLUMNS}, o.expires_at
         ), history AS (
           INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor, reason)
           SELECT "orderId", "previousStatus", "status", 'vigia', 'its time passed without a deposit' FROM changed
         )
         SELECT "orderId", "status", "previousStatus", "sellerId", "buyerId", (max(expires_at) OVER ())::text AS last
           FROM changed`,
        [at, limit, from ?? "-infinity"],
      );
      return { orders: rows.map(({ last: _, ...change }) => change), last: rows[0]?.last ?? null };
    },

    async countDue(at) {
      const { rows } = await sql.query<{ count: number }>(
        `WITH ${KNOWN} SELECT count(*) AS count FROM marketplace.orders AS due WHERE ${DUE}`,
        [at],
      );
      return rows[0]?.count ?? 0;
    },

    async followEscrows(escrows) {
      const changes: OrderChange[] = [];
      for (const steps of STAGES) changes.push(...(await follow(sql, escrows, steps)));
      return changes;
    },

    undoSteps: (escrows) => undoSteps(sql, escrows),
  };
}

async function follow(sql: Queryable, escrows: readonly EscrowKey[], steps: readonly Step[]): Promise<OrderChange[]> {
  const { rows } = await sql.query<OrderChange>(
    `WITH leader AS (
       SELECT e.order_id, e.status
         FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (chain_id, contract, escrow_id)
         JOIN vigia.escrows AS e USING (chain_id, contract, escrow_id)
        WHERE e.order_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS first
                           WHERE first.order_id = e.order_id
                             AND (first.created_block, first.contract) < (e.created_block, e.contract))
     ), old AS (
       SELECT o.id, o.status, step.to_status
         FROM leader
         JOIN unnest($4::text[], $5::text[], $6::text[]) AS step (escrow_status, from_status, to_status)
           ON step.escrow_status = leader.status
         JOIN marketplace.orders AS o ON o.id = leader.order_id AND o.status = step.from_status
        ORDER BY o.id
          FOR UPDATE OF o
     ), changed AS (
       UPDATE marketplace.orders AS o
          SET status = old.to_status, updated_at = now(),
              ended_at = CASE WHEN old.to_status = ANY($7::text[]) THEN now() END
         FROM old
        WHERE o.id = old.id
       RETURNING ${CHANGE_COLUMNS}
     ), history AS (
       INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor, reason)
       SELECT "orderId", "previousStatus", "status", 'vigia', $8 FROM changed
     )
     SELECT * FROM changed`,
    [
      escrows.map((escrow) => escrow.chainId),
      escrows.map((escrow) => escrow.contract),
      escrows.map((escrow) => escrow.escrowId),
      steps.map((step) => step.escrow),
      steps.map((step) => step.from),
      steps.map((step) => step.to),
      ENDED_ORDER_STATUSES,
      FOLLOWED_ESCROW,
    ],
  );
  return rows;
}

interface Step {
  readonly escrow: string;
  readonly from: OrderStatus;
  readonly to: OrderStatus;
}

/** Stage by stage, each step that an order may take because of its escrow: what both state machines allow. */
const STAGES: readonly (readonly Step[])[] = stages();

function stages(): Step[][] {
  const length = Math.max(...ESCROW_STATUSES.map((escrow) => ORDER_PATH_BY_ESCROW[escrow].length));
  return Array.from({ length }, (_, stage) =>
    ESCROW_STATUSES.flatMap((escrow) => {
      const to = ORDER_PATH_BY_ESCROW[escrow][stage];
      if (!to) return [];
      return ORDER_STATUSES.filter((from) => mayOrderBecome(from, to)).map((from) => ({ escrow, from, to }));
    }),
  );
}
