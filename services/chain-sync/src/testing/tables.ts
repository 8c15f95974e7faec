import type { Database, Escrow } from "@vigia/database";

/** The escrows that are on record, by their ids. */
export async function escrowRows(database: Database): Promise<Map<string, Escrow>> {
  const { rows: found } = await database.query<Escrow>(
    `SELECT escrow_id AS "escrowId", contract, status, balance, amount, token, seller_address AS "sellerAddress",
            buyer_address AS "buyerAddress", status_source AS "statusSource" FROM vigia.escrows`,
  );
  return new Map(found.map((row) => [row.escrowId, row]));
}

/** The states that an escrow went through. */
export async function stepsOf(database: Database, escrowId: string): Promise<string[]> {
  const { rows: found } = await database.query<{ status: string }>(
    `SELECT to_status AS status FROM vigia.escrow_transitions WHERE escrow_id = $1 ORDER BY id`,
    [escrowId],
  );
  return found.map(({ status }) => status);
}

/** All that the sync wrote, without the times of writing. */
export async function wholeTables(database: Database): Promise<object> {
  const [escrows, logs, links] = await Promise.all(
    ["escrows", "chain_logs", "chain_links"].map(async (name) => {
      const { rows: found } = await database.query<{ row: object }>(
        `SELECT to_jsonb(t) - '{created_at,updated_at,recorded_at,verified_at,verified_block}'::text[] AS row
           FROM vigia.${name} AS t ORDER BY t::text`,
      );
      return found.map(({ row }) => row);
    }),
  );
  return { escrows, logs, links };
}
