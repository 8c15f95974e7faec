import type { Database } from "@vigia/database";
import { type EscrowStatus, mayEscrowBecome, mayOrderBecome, type OrderStatus } from "@vigia/messages";
import type { Random } from "@vigia/testkit";
import { blockHash } from "./chain-record.ts";
import { CHAIN_ID, CONTRACT } from "./marketplace.ts";

/** Beyond all places that other logs have. */
const FIRST_PLACE = 1_000_000_000;

const WRITERS = 4;

/** What the contract does, and with the escrows of what orders. */
const CHAIN_MOVES = [
  { from: "pending_deposit", to: "funded", orders: ["created"] },
  { from: "funded", to: "locked", orders: ["escrowed"] },
  { from: "locked", to: "released", orders: ["payment_sent", "releasing"] },
] as const satisfies { from: EscrowStatus; to: EscrowStatus; orders: OrderStatus[] }[];

/** What the marketplace does with an order by itself. */
const MOVES = [
  ["created", "cancelled"],
  ["escrowed", "payment_sent"],
  ["payment_sent", "releasing"],
] as const satisfies (readonly [OrderStatus, OrderStatus])[];

export interface Writers {
  /** How many orders they have moved by now. */
  moved(): number;
  stop(): Promise<void>;
}

/** Work on the marketplace as its backend, the clean-up and chain-sync do, until they are stopped: each step is legal. */
export function startWriters(database: Database, random: Random): Writers {
  let moved = 0;
  let places = FIRST_PLACE;
  let stopping = false;

  async function advance(): Promise<number> {
    const [from, to] = random.pick(MOVES);
    if (!mayOrderBecome(from, to)) throw new Error(`no order may go from ${from} to ${to}`);
    const { rowCount } = await database.query(MOVE, [from, to, startOf(random)]);
    return rowCount;
  }

  const expire = () =>
    database.transaction({ source: "cleanup" }, async (tx) => (await tx.orders.expireDue(new Date(), 1)).orders.length);

  /** The buyer objects: the order and its dispute at once. */
  const dispute = async () => (await database.query(DISPUTE, [startOf(random)])).rowCount;

  /** The contract moves on, and the order follows. */
  function follow(): Promise<number> {
    const { from, to, orders } = random.pick(CHAIN_MOVES);
    if (!mayEscrowBecome(from, to)) throw new Error(`no escrow may go from ${from} to ${to}`);
    places += 1;
    const place = places;
    return database.transaction({ source: "chain-sync" }, async (tx) => {
      const { rows } = await tx.query<{ escrowId: string }>(FOLLOW, [
        ...[startOf(random), place, blockHash(2), `0x${place}`],
        ...[orders, from, to],
      ]);
      const keys = rows.map(({ escrowId }) => ({ chainId: CHAIN_ID, contract: CONTRACT, escrowId }));
      await tx.orders.followEscrows(keys);
      return keys.length;
    });
  }

  async function work(): Promise<void> {
    while (!stopping) moved += await random.pick([advance, expire, follow, dispute])();
  }

  const working = Promise.all(Array.from({ length: WRITERS }, work));
  return {
    moved: () => moved,
    stop: async () => {
      stopping = true;
      await working;
    },
  };
}

/** An order to begin the search at. */
function startOf(random: Random): string {
  return `${random.int(0, 0x1_0000_0000).toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
}

const MOVE = `
  WITH moved AS (
    UPDATE marketplace.orders
       SET status = $2, updated_at = now(), ended_at = CASE WHEN $2 = 'cancelled' THEN now() END
     WHERE id = (SELECT id FROM marketplace.orders AS o
                  WHERE o.id >= $3 AND status = $1
                    AND ($2 <> 'payment_sent' OR EXISTS (SELECT FROM vigia.escrows
                                                          WHERE order_id = o.id AND status = 'locked'))
                    AND ($2 <> 'cancelled' OR NOT EXISTS (SELECT FROM vigia.escrows WHERE order_id = o.id))
                  ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
  )
  INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor)
  SELECT id, $1, $2, 'marketplace' FROM moved`;

const DISPUTE = `
  WITH moved AS (
    UPDATE marketplace.orders SET status = 'disputed', updated_at = now()
     WHERE id = (SELECT id FROM marketplace.orders AS o
                  WHERE o.id >= $1 AND status = 'payment_sent'
                    AND EXISTS (SELECT FROM vigia.escrows WHERE order_id = o.id AND status = 'locked')
                  ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, buyer_id
  ), history AS (
    INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor)
    SELECT id, 'payment_sent', 'disputed', 'marketplace' FROM moved
  )
  INSERT INTO marketplace.disputes (id, order_id, opened_by, status)
  SELECT gen_random_uuid(), id, buyer_id, 'opened' FROM moved`;

const FOLLOW = `
  WITH due AS (
    SELECT e.chain_id, e.contract, e.escrow_id
      FROM marketplace.orders AS o JOIN vigia.escrows AS e ON e.order_id = o.id
     WHERE o.id >= $1 AND o.status = ANY($5::text[]) AND e.status = $6
     ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED
  ), moved AS (
    UPDATE vigia.escrows AS e
       SET status = $7, balance = CASE $7 WHEN 'released' THEN 0 ELSE amount END, updated_block = 2, updated_log = $2, status_since = now(), updated_at = now()
      FROM due WHERE (e.chain_id, e.contract, e.escrow_id) = (due.chain_id, due.contract, due.escrow_id)
    RETURNING e.*
  ), told AS (
    INSERT INTO vigia.escrow_transitions (chain_id, contract, escrow_id, from_status, to_status, source, block_number, log_index)
    SELECT chain_id, contract, escrow_id, $6, $7, 'event', 2, $2 FROM moved
  ), logged AS (
    INSERT INTO vigia.chain_logs (chain_id, contract, escrow_id, block_number, log_index, block_hash, transaction_hash, event,
                                  arguments, mined_at)
    SELECT chain_id, contract, escrow_id, 2, $2, $3, $4, 'EscrowChanged', '{}', now() FROM moved
  )
  SELECT escrow_id AS "escrowId" FROM moved`;
