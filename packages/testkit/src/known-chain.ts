import { randomBytes } from "node:crypto";

interface Sql {
  query(text: string, values: readonly unknown[]): Promise<unknown>;
}

/** Says that a contract on this chain was read up to a block of this time, as a sync does that got so far. */
export async function readChainUntil(sql: Sql, until: Date, chainId = 1): Promise<void> {
  const contract = `0x${randomBytes(20).toString("hex")}`;
  await sql.query(
    `WITH block AS (
       INSERT INTO vigia.chain_blocks (chain_id, contract, number, hash, parent_hash, mined_at)
       VALUES ($1, $2, 1, '0x01', '0x00', $3)
     )
     INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, block_hash, head_number)
     VALUES ($1, $2, 1, '0x01', 1)`,
    [chainId, contract, until],
  );
}
