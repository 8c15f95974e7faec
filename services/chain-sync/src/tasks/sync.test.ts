import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import type { OpenOptions } from "../follow/open.ts";
import { settings } from "../settings.ts";
import { openOne } from "../testing/open-one.ts";
import { runTask } from "../testing/run-task.ts";
import { reconcile } from "./reconcile.ts";
import { sync } from "./sync.ts";

const log = createLogger("sync-test", "fatal");

describe("the sync", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    chain = await startChain();
  });
  afterAll(() => chain.stop());
  beforeEach(async () => {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "sync-test" });
  });
  afterEach(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const open = (more: object = {}, options: OpenOptions = {}) =>
    openOne(
      settings.parse({
        CHAIN_ID: chain.chainId,
        CHAIN_RPC_URL: chain.rpcUrl,
        ESCROW_ADDRESS: chain.escrowAddress,
        ...more,
      }),
      log,
      options,
    );

  it("is not behind by the blocks that are still to be confirmed", async () => {
    await chain.mine(70);
    const cursor = async () => {
      const { rows } = await database.query(
        `SELECT head_number - block_number AS waits, lag_blocks AS lag FROM vigia.chain_cursors`,
      );
      return rows;
    };
    await runTask({ database, log }, sync([await open({ CHAIN_CONFIRMATIONS: 60 })]));
    expect(await cursor()).toEqual([{ waits: 60, lag: 0 }]);
    await database.query(`UPDATE vigia.chain_cursors SET block_number = block_number - 3`);
    expect(await cursor()).toEqual([{ waits: 63, lag: 3 }]);
  });

  it("reads a long past in several runs, each of which is a success", async () => {
    await chain.mine(30);
    const head = await chain.headBlock();
    const name = new URL(chain.rpcUrl).host;
    const followed = await open({}, { learnt: new Map([[name, { blocks: 10, limit: 10 }]]) });
    // Every look at the clock takes four minutes.
    let nowMs = 0;
    const now = () => {
      nowMs += 240_000;
      return nowMs;
    };
    const task = sync([followed], { now });
    const ends: unknown[] = [];
    do ends.push((await runTask({ database, log }, task))?.toBlock);
    while (ends.at(-1) !== head && ends.length < 20);
    expect(ends.slice(0, 3)).toEqual([19, 39, 59]);
    expect(ends.at(-1)).toBe(head);
  });

  it("makes of an escrow's new logs and its row what they are, without its history", async () => {
    const followed = await open();
    const { id } = await chain.createEscrow();
    await runTask({ database, log }, sync([followed]));
    await database.query(`DELETE FROM vigia.chain_logs`);
    await chain.fund(id);
    await runTask({ database, log }, sync([followed]));
    const { rows } = await database.query(`SELECT status, balance, seller_address AS seller FROM vigia.escrows`);
    expect(rows).toEqual([{ status: "funded", balance: "1000000", seller: chain.accounts.seller.toLowerCase() }]);
    const { rows: steps } = await database.query(
      `SELECT to_status AS status FROM vigia.escrow_transitions ORDER BY id`,
    );
    expect(steps).toEqual([{ status: "pending_deposit" }, { status: "funded" }]);
  });

  it("links an order that came after its escrow at the next tick, and one that no tick saw at the reconciliation", async () => {
    const followed = await open();
    const ids = [(await chain.createEscrow()).id, (await chain.createEscrow()).id];
    for (const id of ids) await chain.fund(id);
    await runTask({ database, log }, sync([followed]));
    await database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       trade_key, status, expires_at, updated_at)
       SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '', $1, '', 1, key, 'created', now(), at
         FROM unnest($2::text[], $3::timestamptz[]) AS given (key, at)`,
      [chain.chainId, ids, [new Date(), new Date(0)]],
    );
    const statuses = async () => {
      const { rows } = await database.query<{ status: string }>(
        `SELECT status FROM marketplace.orders ORDER BY array_position($1::text[], trade_key)`,
        [ids],
      );
      return rows.map(({ status }) => status);
    };
    await runTask({ database, log }, sync([followed]));
    expect(await statuses()).toEqual(["escrowed", "created"]);
    await runTask({ database, log }, reconcile([followed]));
    expect(await statuses()).toEqual(["escrowed", "escrowed"]);
  });
});
