import { type Sql, sql } from "../../sql.ts";

/** A difference that was found and corrected is told of for as long. */
const TOLD_SECONDS = 86_400;

/**
 * Escrows of which the contract, at a block that is final, said another thing than their row: a fork may take back the rest.
 * Reads through `escrow_readings_age`.
 */
export function escrowReadings(now: Date, where: Sql): Sql {
  return sql`
    SELECT concat_ws(':', r.chain_id, r.contract, r.escrow_id) AS entity_id,
           jsonb_build_object('orderId', e.order_id, 'atBlock', r.block_number,
                              'recorded', jsonb_build_object('status', r.recorded_status,
                                                             'balance', r.recorded_balance::text),
                              'onChain', jsonb_build_object('status', r.status, 'balance', r.balance::text)) AS evidence
      FROM vigia.escrow_readings AS r
      JOIN vigia.chain_cursors AS c
        ON c.chain_id = r.chain_id AND c.contract = r.contract AND c.finalized_block >= r.block_number
      LEFT JOIN vigia.escrows AS e
        ON e.chain_id = r.chain_id AND e.contract = r.contract AND e.escrow_id = r.escrow_id
     WHERE r.read_at > ${new Date(now.getTime() - TOLD_SECONDS * 1_000)} AND ${where}`;
}
