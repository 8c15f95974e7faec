import type { ContractKey } from "./chain.ts";
import type { Queryable } from "./queryable.ts";

/** The escrows that a resync rebuilds at its end, all at once. */
export interface Rebuilds {
  add(of: ContractKey, escrowIds: readonly string[]): Promise<void>;
  /** Takes them all, in the order of their ids. */
  take(of: ContractKey): Promise<string[]>;
}

export function rebuilds(sql: Queryable): Rebuilds {
  return {
    async add(of, escrowIds) {
      if (escrowIds.length === 0) return;
      await sql.query(
        `INSERT INTO vigia.rebuilds (chain_id, contract, escrow_id)
         SELECT $1, $2, * FROM unnest($3::text[]) ON CONFLICT DO NOTHING`,
        [of.chainId, of.contract, escrowIds],
      );
    },
    async take(of) {
      const { rows } = await sql.query<{ escrowId: string }>(
        `DELETE FROM vigia.rebuilds WHERE chain_id = $1 AND contract = $2 RETURNING escrow_id AS "escrowId"`,
        [of.chainId, of.contract],
      );
      return rows.map(({ escrowId }) => escrowId).toSorted();
    },
  };
}
