import { createDatabase, type TestDatabase } from "@vigia/testkit";
import type { ChainLog } from "./chain.ts";
import { type Database, openDatabase } from "./database.ts";
import type { Transaction } from "./transaction.ts";

const OF = { chainId: 1, contract: `0x${"c0".repeat(20)}` };
const HISTORY = 5_000;
const NEW = 10;
const DAY_MS = 86_400_000;
const context = { source: "test" };

let testDatabase: TestDatabase;
let database: Database;

/** A long past, of which nothing has been counted: half of the escrows have their order. */
beforeAll(async () => {
  testDatabase = await createDatabase();
  database = await openDatabase({ url: testDatabase.url, applicationName: "cost-of-history-test" });
  for (const table of ["vigia.chain_logs", "vigia.escrows", "vigia.escrow_transitions", "marketplace.orders"]) {
    await database.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  }
  await database.query(
    `INSERT INTO vigia.chain_logs (chain_id, contract, block_number, log_index, block_hash, transaction_hash, event,
                                   escrow_id, arguments, mined_at)
     SELECT $1, $2, n, 0, '0x', '0x', 'Created', n, '{}', now() - (1 + $3 - n) * interval '1 day' FROM generate_series(1, $3::int) AS n`,
    [OF.chainId, OF.contract, HISTORY],
  );
  await database.query(
    `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token,
                                amount, balance, created_block, updated_block, updated_log, status_source, status_since,
                                verified_block, verified_at)
     SELECT $1, $2, n, CASE WHEN n % 2 = 0 THEN gen_random_uuid() END, 'funded', '', '', '', 1, 1, n, n, 0, 'event', now(),
            n, now()
       FROM generate_series(1, $3::int) AS n`,
    [OF.chainId, OF.contract, HISTORY],
  );
  await database.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                     trade_key, status, expires_at, updated_at)
     SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '', $1, '', 1, n, 'created', now(),
            now() - (1 + $2 - n) * interval '1 day'
       FROM generate_series(1, $2::int) AS n`,
    [OF.chainId, HISTORY],
  );
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** The rows of a table, and the steps through one of its indexes, that `work` took with the cursor held. */
async function costOf(table: string, index: string, work: (tx: Transaction) => Promise<unknown>, schema = "vigia") {
  return database.transaction(context, async (tx) => {
    await tx.chain.lockCursor(OF, 1);
    const count = async () => {
      const { rows } = await tx.query<{ read: number; scans: number }>(
        `SELECT (seq_tup_read + idx_tup_fetch)::int AS read,
                pg_stat_get_xact_numscans($2::regclass)::int AS scans
           FROM pg_stat_xact_user_tables WHERE schemaname = $3 AND relname = $1`,
        [table, `${schema}.${index}`, schema],
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
      ...{ event: "Created", escrowId: "new", linkKey: null, arguments: {}, minedAt: new Date() },
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

  it("orders that were written after their escrow are looked for among those that changed", async () => {
    const since = new Date(Date.now() - (NEW + 0.5) * DAY_MS);
    const link = (tx: Transaction) => tx.escrows.linkOrders(OF, { since });
    const orders = await costOf("orders", "orders_status", link, "marketplace");
    // Each is read to find its key, and twice more to see that it alone has it.
    expect(orders.read).toBeLessThanOrEqual(3 * NEW);
    expect((await costOf("escrows", "escrows_order", link)).read).toBeLessThanOrEqual(NEW);
  });

  it("the escrows of blocks are found by their blocks", async () => {
    const cost = await costOf("escrows", "escrows_begun", (tx) =>
      tx.escrows.within(OF, HISTORY - NEW + 1, HISTORY + NEW),
    );
    expect(cost).toEqual({ read: 2 * NEW, scans: 1 });
  });

  it("those to compare with the contract are found without those that were compared long ago", async () => {
    const since = new Date(Date.now() - (NEW + 0.5) * DAY_MS);
    const toVerify = (tx: Transaction) => tx.escrows.toVerify(OF, since, "", HISTORY);
    await database.query(`UPDATE vigia.escrows SET verified_block = NULL WHERE escrow_id = '1'`);
    await database.query(`UPDATE vigia.escrows SET verified_block = updated_block - 1 WHERE escrow_id = '2'`);
    const found: string[] = [];
    const cost = await costOf("escrows", "escrows_uncompared", async (tx) => found.push(...(await toVerify(tx))));
    const recent = Array.from({ length: NEW }, (_, index) => String(HISTORY - NEW + 1 + index));
    expect(new Set(found)).toEqual(new Set(["1", "2", ...recent]));
    expect(cost.read).toBeLessThanOrEqual(2 + NEW + 2);
    const logs = await costOf("chain_logs", "chain_logs_pkey", toVerify);
    expect(logs.read).toBeLessThanOrEqual(NEW + 2);
  });
});
