import { createDatabase, type TestDatabase } from "@vigia/testkit";
import type { ChainLog } from "./chain.ts";
import { type Database, openDatabase } from "./database.ts";
import type { Transaction } from "./transaction.ts";

const OF = { chainId: 1, contract: `0x${"c0".repeat(20)}` };
const HISTORY = 5_000;
const NEW = 10;
const context = { source: "test" };

let testDatabase: TestDatabase;
let database: Database;

/** A long past, of which nothing has been counted: half of the escrows have their order. */
beforeAll(async () => {
  testDatabase = await createDatabase();
  database = await openDatabase({ url: testDatabase.url, applicationName: "cost-of-history-test" });
  for (const table of ["chain_logs", "escrows", "escrow_transitions"]) {
    await database.query(`ALTER TABLE vigia.${table} SET (autovacuum_enabled = off)`);
  }
  await database.query(
    `INSERT INTO vigia.chain_logs (chain_id, contract, block_number, log_index, block_hash, transaction_hash, event,
                                   escrow_id, arguments, mined_at)
     SELECT $1, $2, n, 0, '0x', '0x', 'Created', n, '{}', now() FROM generate_series(1, $3::int) AS n`,
    [OF.chainId, OF.contract, HISTORY],
  );
  await database.query(
    `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token,
                                amount, balance, created_block, updated_block, updated_log, status_source, status_since)
     SELECT $1, $2, n, CASE WHEN n % 2 = 0 THEN gen_random_uuid() END, 'funded', '', '', '', 1, 1, n, n, 0, 'event', now()
       FROM generate_series(1, $3::int) AS n`,
    [OF.chainId, OF.contract, HISTORY],
  );
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** The rows of a table, and the steps through one of its indexes, that `work` took with the cursor held. */
async function costOf(table: string, index: string, work: (tx: Transaction) => Promise<unknown>) {
  return database.transaction(context, async (tx) => {
    await tx.chain.lockCursor(OF, 1);
    const count = async () => {
      const { rows } = await tx.query<{ read: number; scans: number }>(
        `SELECT (seq_tup_read + idx_tup_fetch)::int AS read,
                pg_stat_get_xact_numscans($2::regclass)::int AS scans
           FROM pg_stat_xact_user_tables WHERE schemaname = 'vigia' AND relname = $1`,
        [table, `vigia.${index}`],
      );
      return rows[0] ?? { read: Number.NaN, scans: Number.NaN };
    };
    const before = await count();
    await work(tx);
    const after = await count();
    return { read: after.read - before.read, scans: after.scans - before.scans };
  });
}

const ids = Array.from({ length: NEW }, (_, index) => String(index + 1));

describe("what new blocks cost does not grow with what is behind them:", () => {
  it("their logs are looked for by their place", async () => {
    const log: ChainLog = {
      ...{ blockNumber: HISTORY + 1, logIndex: 0, blockHash: "0x", transactionHash: "0x", address: OF.contract },
      ...{ event: "Created", escrowId: "new", linkKey: null, arguments: {}, minedAt: new Date(0) },
    };
    const cost = await costOf("chain_logs", "chain_logs_escrow", (tx) =>
      tx.chain.replaceLogs(OF, HISTORY + 1, HISTORY + NEW, [log]),
    );
    expect(cost).toEqual({ read: 0, scans: 0 });
  });

  it("their escrows are linked by their keys", async () => {
    const cost = await costOf("escrows", "escrows_order", (tx) => tx.escrows.linkOrders(OF, ids));
    expect(cost).toEqual({ read: NEW, scans: 0 });
  });
});
