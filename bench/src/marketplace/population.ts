import type { Pool } from "pg";

/** In one statement of so many orders, so that none grows without bound. */
const SLICE = 1_000_000;

const CONTRACT = `'0x${"c0".repeat(20)}'`;
const hash = (what: string) => `'0x' || encode(sha256(('${what}' || n)::text::bytea), 'hex')`;
/** Random as far as an index can tell, and the same for the same text. A version and a variant make it one that is valid. */
export const uuidOf = (text: string) => `overlay(overlay(md5(${text}) placing '4' from 13) placing '8' from 17)::uuid`;
const ID = uuidOf("'order' || n");

/** Of ten orders one is created, and its time has passed or not; one is under way; the others have ended. */
const STATUS = `(ARRAY['created', 'payment_sent', 'completed', 'completed', 'completed', 'completed', 'completed',
                       'completed', 'refunded', 'cancelled'])[1 + n % 10]`;
const ESCROW = `CASE n % 10 WHEN 1 THEN 'locked' WHEN 8 THEN 'refunded' ELSE 'released' END`;
const HAS_ESCROW = "n % 10 BETWEEN 1 AND 8";

/** What a slice `$1` to `$2` of a sound marketplace consists of: nothing in it is for a check to find. */
const TRADES: readonly string[] = [
  `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                   trade_key, status, expires_at, created_at, updated_at, ended_at)
   SELECT ${ID}, ${uuidOf("'seller' || n % 10000")}, ${uuidOf("'buyer' || n % 10000")}, '0x5e', '0xb1', 1, '0x00', 1000,
          ${hash("key")}, ${STATUS},
          now() - (CASE WHEN n % 10 = 0 THEN $3::interval ELSE '1 day' END) - n * interval '1 ms',
          now() - interval '3 days', now() - interval '5 minutes',
          CASE WHEN n % 10 > 1 THEN now() - interval '1 hour' END
     FROM generate_series($1::int, $2::int) AS n`,
  `INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor, at)
   SELECT ${ID}, NULL, ${STATUS}, 'marketplace', now() - interval '1 hour' FROM generate_series($1::int, $2::int) AS n
    WHERE $3::interval IS NOT NULL`,
  `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token, amount,
                              balance, created_block, updated_block, updated_log, status_source, status_since, created_at)
   SELECT 1, ${CONTRACT}, ${hash("key")}, ${ID}, ${ESCROW}, '0x5e', '0xb1', '0x00', 1000,
          CASE n % 10 WHEN 1 THEN 1000 ELSE 0 END, 1, 2, n, 'event', now() - interval '1 hour', now() - interval '2 days'
     FROM generate_series($1::int, $2::int) AS n WHERE ${HAS_ESCROW} AND $3::interval IS NOT NULL`,
];

/** And what the chain told of its escrows. */
const RECORD: readonly string[] = [
  `INSERT INTO vigia.escrow_transitions (chain_id, contract, escrow_id, from_status, to_status, source, block_number,
                                         log_index, at)
   SELECT 1, ${CONTRACT}, ${hash("key")}, step.from_status, step.to_status, 'event', 2, n, now() - interval '2 days'
     FROM generate_series($1::int, $2::int) AS n
    CROSS JOIN (VALUES ('pending_deposit', 'funded'), ('funded', 'locked'), ('locked', NULL)) AS way (from_status, to_status)
    CROSS JOIN LATERAL (SELECT way.from_status, coalesce(way.to_status, ${ESCROW}) AS to_status) AS step
    WHERE ${HAS_ESCROW} AND step.from_status <> step.to_status AND $3::interval IS NOT NULL`,
  `INSERT INTO vigia.chain_logs (chain_id, block_number, log_index, block_hash, transaction_hash, contract, event, escrow_id,
                                 arguments, mined_at, recorded_at)
   SELECT 1, block, n, '0x0' || block, ${hash("tx")} || block, ${CONTRACT}, 'EscrowChanged', ${hash("key")}, '{}',
          now() - interval '2 days', now() - interval '2 days'
     FROM generate_series($1::int, $2::int) AS n CROSS JOIN generate_series(1, 2) AS block
    WHERE ${HAS_ESCROW} AND $3::interval IS NOT NULL`,
];

/** The chain is read up to a day ahead, and looked at just now, however long the run takes. */
const CHAIN: readonly string[] = [
  `INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, block_hash, head_number, updated_at)
   VALUES (1, ${CONTRACT}, 2, '0x02', 2, now() + interval '1 day')`,
  `INSERT INTO vigia.chain_blocks (chain_id, contract, number, hash, parent_hash, mined_at)
   SELECT 1, ${CONTRACT}, n, '0x0' || n, '0x0' || n - 1, now() + interval '1 day' FROM generate_series(1, 2) AS n`,
];

export interface Population {
  readonly orders: number;
  /** Whether the time of those that are created has passed. */
  readonly due: boolean;
  /** Whether all that the chain told of the escrows is there too: three times as much as the rest. */
  readonly recorded: boolean;
}

/** Fills an empty database with as many sound orders, their escrows, and all that is on record of them. */
export async function populate(
  pool: Pool,
  { orders, due, recorded }: Population,
  report: (line: string) => void,
): Promise<void> {
  for (let from = 1; from <= orders; from += SLICE) {
    report(`writing orders ${from} to ${Math.min(orders, from + SLICE - 1)}`);
    for (const slice of recorded ? [...TRADES, ...RECORD] : TRADES) {
      await pool.query(slice, [from, Math.min(orders, from + SLICE - 1), due ? "1 day" : "-10 days"]);
    }
  }
  for (const statement of CHAIN) await pool.query(statement);
  report("vacuuming");
  await pool.query("VACUUM ANALYZE");
}
