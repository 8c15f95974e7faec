import { randomUUID } from "node:crypto";
import { chain as chainOf, type Database, openDatabase } from "@vigia/database";
import { createLogger, PermanentError, type Task, type TaskResult } from "@vigia/runtime";
import {
  type Chain,
  createDatabase,
  createRandom,
  indexPlainly,
  startChain,
  startHostileProxy,
  type TestDatabase,
} from "@vigia/testkit";
import type { Followed } from "./follow/followed.ts";
import { settings } from "./settings.ts";
import { resync } from "./tasks/resync.ts";
import { sync } from "./tasks/sync.ts";
import { verify } from "./tasks/verify.ts";
import { openOne } from "./testing/open-one.ts";
import { recordsOf } from "./testing/records.ts";
import { type Conditions, runTask } from "./testing/run-task.ts";
import { escrowRows, stepsOf } from "./testing/tables.ts";

const log = createLogger("forks-test", "fatal");
/** The chain calls final what lies two epochs below its head. */
const SLOTS_IN_AN_EPOCH = 10;
const FINALITY_BLOCKS = 2 * SLOTS_IN_AN_EPOCH;

describe("a fork", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let followed: Followed;

  beforeEach(async () => {
    [chain, testDatabase] = await Promise.all([startChain({ slotsInAnEpoch: SLOTS_IN_AN_EPOCH }), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "forks-test" });
    followed = await openOne(settings.parse(contract()), log);
  });
  afterEach(async () => {
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  });

  function contract(): Record<string, unknown> {
    return {
      CHAIN_ID: chain.chainId,
      CHAIN_RPC_URL: chain.rpcUrl,
      CHAIN_FINALITY_BLOCKS: 5,
      ESCROW_ADDRESS: chain.escrowAddress,
      ESCROW_START_BLOCK: chain.startBlock,
    };
  }

  const run = (task: (all: readonly Followed[]) => Task, conditions?: Conditions): Promise<TaskResult> =>
    runTask({ database, log }, task([followed]), conditions);

  async function events(type: string): Promise<Record<string, unknown>[]> {
    const { rows } = await database.query<{ payload: Record<string, unknown> }>(
      `SELECT payload FROM vigia.outbox WHERE headers ->> 'ce-type' = $1 ORDER BY position`,
      [type],
    );
    return rows.map(({ payload }) => payload);
  }

  /** An order of this escrow. */
  async function order(status: string, tradeKey: string): Promise<string> {
    const id = randomUUID();
    await database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       trade_key, status, expires_at)
       VALUES ($1, $2, $3, '0x01', '0x02', $4, '0x00', 1, $5, $6, now())`,
      [id, randomUUID(), randomUUID(), chain.chainId, tradeKey, status],
    );
    return id;
  }

  async function statusesOf(orderIds: readonly string[]): Promise<(string | undefined)[]> {
    const { rows } = await database.query<{ id: string; status: string }>(`SELECT id, status FROM marketplace.orders`);
    return orderIds.map((orderId) => rows.find(({ id }) => id === orderId)?.status);
  }

  const expectEqualToChain = async () =>
    expect(await recordsOf(database)).toEqual(await indexPlainly(chain, await chain.headBlock()));

  async function funded(): Promise<string> {
    const { id } = await chain.createEscrow();
    await chain.fund(id);
    return id;
  }

  it("is undone, with all that followed from its blocks", async () => {
    const kept = await funded();
    await chain.mine(3);
    await chain.lock(kept);
    const lost = await funded();
    const paid = await funded();
    const orders = [await order("created", kept), await order("deposit_pending", lost), await order("created", paid)];
    await run(sync);
    expect(await statusesOf(orders)).toEqual(["escrowed", "escrowed", "escrowed"]);
    // This one the marketplace moved on.
    await database.query(`UPDATE marketplace.orders SET status = 'payment_sent' WHERE id = $1`, [orders[2]]);

    await chain.reorg(5);
    await run(sync);
    await expectEqualToChain();
    expect([...(await escrowRows(database))].map(([id, { status }]) => [id, status])).toEqual([[kept, "funded"]]);
    expect(await statusesOf(orders)).toEqual(["escrowed", "deposit_pending", "payment_sent"]);
    const head = await chain.headBlock();
    expect(await events("vigia.chain.reorged")).toMatchObject([
      { ancestorBlock: head - 5, removedBlocks: 5, removedLogs: 5, escrowsChanged: 3 },
    ]);
    const undone = (all: Record<string, unknown>[]) => all.filter(({ source }) => source === "reorg");
    expect(undone(await events("vigia.order"))).toMatchObject([
      { orderId: orders[1], status: "deposit_pending", previousStatus: "escrowed" },
    ]);
    const ofEscrows = undone(await events("vigia.escrow"));
    expect(ofEscrows).toHaveLength(3);
    expect(ofEscrows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ escrowId: kept, status: "funded", previousStatus: "locked" }),
        expect.objectContaining({ escrowId: lost, orderId: orders[1], status: "vanished", previousStatus: "funded" }),
        expect.objectContaining({ escrowId: paid, orderId: orders[2], status: "vanished", previousStatus: "funded" }),
      ]),
    );

    await chain.lock(kept);
    await chain.release(kept);
    await run(sync);
    await expectEqualToChain();
    expect(await statusesOf(orders)).toEqual(["completed", "deposit_pending", "payment_sent"]);
    expect(await run(verify)).toMatchObject({ corrected: 0 });
  });

  it("to a shorter chain is undone, and a node that is merely behind is waited for", async () => {
    const { id } = await chain.createEscrow();
    const snapshot = await chain.snapshot();
    await chain.fund(id);
    await chain.lock(id);
    await chain.mine(2);
    await run(sync);

    await chain.revert(snapshot);
    expect(await run(sync)).toMatchObject({ logs: 0 });
    expect((await escrowRows(database)).get(id)?.status).toBe("locked");

    await chain.cancelByBuyer(id);
    await run(sync);
    await expectEqualToChain();
    expect(await events("vigia.chain.reorged")).toHaveLength(1);
  });

  it("below what is final stops the sync, and a resync undoes as much", async () => {
    const { id } = await chain.createEscrow();
    const silent = await funded();
    const snapshot = await chain.snapshot();
    await chain.fund(id);
    await chain.withdrawSilently(silent);
    const lost = await funded();
    const orders = [await order("created", id), await order("created", silent), await order("created", lost)];
    await chain.mine(FINALITY_BLOCKS + 5);
    await run(sync);
    await run(verify);
    expect(await statusesOf(orders)).toEqual(["escrowed", "refunded", "escrowed"]);
    await chain.revert(snapshot);
    await chain.cancelBySeller(id);
    await chain.mine(FINALITY_BLOCKS + 15);

    const stopped = run(sync);
    await expect(stopped).rejects.toThrow(PermanentError);
    await expect(stopped).rejects.toThrow("chain-sync.resync");
    expect((await escrowRows(database)).get(id)?.status).toBe("funded");

    await run(resync as never, { command: { fromBlock: chain.startBlock } });
    await run(sync);
    await expectEqualToChain();
    expect((await escrowRows(database)).get(silent)).toMatchObject({ status: "funded", statusSource: "event" });
    expect(await stepsOf(database, id)).toEqual(["pending_deposit", "cancelled_by_seller"]);
    expect(await statusesOf(orders)).toEqual(["cancelled", "escrowed", "created"]);
    const { rows } = await database.query(`SELECT escrow_id FROM vigia.escrow_readings`);
    expect(rows).toEqual([]);
  });

  it.each([
    ["the chain says so", {}, "tag"],
    ["it is that deep", { CHAIN_FINALIZED_TAG: "false", CHAIN_FINALITY_BLOCKS: FINALITY_BLOCKS }, "depth"],
  ])("down to what is final is undone, and to what was final once, where %s", async (_why, changes, by) => {
    followed = await openOne(settings.parse({ ...contract(), ...changes }), log);
    const id = await funded();
    const head = await chain.mine(FINALITY_BLOCKS);
    await run(sync);
    await chain.reorg(FINALITY_BLOCKS);
    await chain.mine();
    await run(sync);
    await expectEqualToChain();
    expect((await escrowRows(database)).get(id)?.status).toBe("funded");
    const mark = async () => (await chainOf(database).cursor(followed)) ?? {};
    expect(await mark()).toMatchObject({ finalizedNumber: head + 1 - FINALITY_BLOCKS, finalizedBy: by });

    // What is final stays final, whatever becomes of the head.
    await chain.reorg(FINALITY_BLOCKS + 1);
    await chain.mine();
    await expect(run(sync)).rejects.toThrow("which is final");
    expect(await mark()).toMatchObject({ finalizedNumber: head + 1 - FINALITY_BLOCKS });
  });

  it("below what one endpoint alone calls final is undone, and that one is found out", async () => {
    const counted: string[] = [];
    const proxy = await startHostileProxy(chain.rpcUrl, createRandom(1));
    proxy.become({ faultRate: 1, faults: ["all final"] });
    try {
      followed = await openOne(settings.parse({ ...contract(), RPC_URLS: proxy.url }), log, {
        onProblem: (_name, kind) => void counted.push(kind),
      });
      const id = await funded();
      await run(sync);
      await chain.reorg(1);
      await chain.mine();
      await run(sync);
      await expectEqualToChain();
      expect((await escrowRows(database)).get(id)?.status).toBe("pending_deposit");
      expect(counted).toEqual(["finalized_replaced"]);
    } finally {
      await proxy.stop();
    }
  });
});
