import type { Database } from "@vigia/database";
import type { PlainIndex } from "@vigia/testkit";

/** What is on record, in the words of the plain index. */
export async function recordsOf(database: Database): Promise<PlainIndex> {
  const logs = await database.query<PlainIndex["logs"][number] & { minedAt: unknown }>(
    `SELECT block_number AS "blockNumber", log_index AS "logIndex", block_hash AS "blockHash",
            transaction_hash AS "transactionHash", event, escrow_id AS "escrowId", arguments, mined_at AS "minedAt"
       FROM vigia.chain_logs ORDER BY block_number, log_index`,
  );
  const escrows = await database.query<PlainIndex["escrows"][number] & { since: unknown; state: string }>(
    `SELECT escrow_id AS "escrowId", replace(initcap(replace(status, '_', ' ')), ' ', '') AS state,
            seller_address AS seller, buyer_address AS buyer, token, amount, balance, created_block AS "createdBlock",
            updated_block AS "updatedBlock", updated_log AS "updatedLog", status_since AS since
       FROM vigia.escrows ORDER BY escrow_id COLLATE "C"`,
  );
  return {
    logs: logs.rows.map((row) => ({ ...row, minedAt: instantOf(row.minedAt) })),
    escrows: escrows.rows.map((row) => ({ ...row, since: instantOf(row.since) })),
  };
}

function instantOf(value: unknown): string {
  return (value as Date).toISOString();
}
