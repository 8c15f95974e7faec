import { sql } from "../sql.ts";

/** What a log `l` is called in findings: its chain, its block and its place there. */
export const LOG_ID = sql`concat_ws(':', l.chain_id, l.block_number, l.log_index)`;

/** What a contract `c` is called in findings. */
export const CONTRACT_ID = sql`concat_ws(':', c.chain_id, c.contract)`;

/** The escrow `e` of a log `l`, where both the log and the record know one. Reads through the escrows' primary key. */
export const ITS_ESCROW = sql`
  vigia.escrows AS e ON e.chain_id = l.chain_id AND e.contract = l.contract AND e.escrow_id = l.escrow_id`;

/** Pairs for the evidence about a log `l` of an escrow `e`. */
export const LOG_FACTS = sql`
  'orderId', e.order_id, 'escrow', CASE WHEN l.escrow_id IS NOT NULL
                                        THEN concat_ws(':', l.chain_id, l.contract, l.escrow_id) END,
  'contract', l.contract, 'event', l.event, 'transaction', l.transaction_hash`;
