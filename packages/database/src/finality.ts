import type { EscrowKey } from "./orders.ts";
import type { Queryable } from "./queryable.ts";

/**
 * Whether what is on record of an escrow lies at, or below, the block up to which no fork replaces any. `undefined`:
 * there is no such escrow. Reads by the keys of both tables.
 */
export async function isFinal(
  sql: Queryable,
  { chainId, contract, escrowId }: EscrowKey,
): Promise<boolean | undefined> {
  const { rows } = await sql.query<{ isFinal: boolean }>(
    `SELECT coalesce(e.updated_block <= c.finalized_block, false) AS "isFinal"
       FROM vigia.escrows AS e
       LEFT JOIN vigia.chain_cursors AS c USING (chain_id, contract)
      WHERE e.chain_id = $1 AND e.contract = $2 AND e.escrow_id = $3`,
    [chainId, contract, escrowId],
  );
  return rows[0]?.isFinal;
}
