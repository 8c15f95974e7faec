import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chain as chainOf, type Database, openDatabase } from "@vigia/database";
import { createLogger, PermanentError, type Task, type TaskResult } from "@vigia/runtime";
import {
  type Chain,
  createDatabase,
  eventually,
  startChain,
  startProxy,
  type TcpProxy,
  type TestDatabase,
} from "@vigia/testkit";
import type { Followed } from "./follow/followed.ts";
import { openFollowed } from "./follow/open.ts";
import { settings } from "./settings.ts";
import { reconcile } from "./tasks/reconcile.ts";
import { resync } from "./tasks/resync.ts";
import { sync } from "./tasks/sync.ts";
import { verify } from "./tasks/verify.ts";
import { type Conditions, runTask } from "./testing/run-task.ts";

const log = createLogger("chains-test", "fatal");
const OTHER_CHAIN_ID = 31_338;
const OTHER_FINALITY_BLOCKS = 2;

/** Two chains with a contract at the same address, and escrows of the same names in it. */
describe("several chains", () => {
  let folder: string;
  let one: Chain;
  let other: Chain;
  let wayToOther: TcpProxy;
  let testDatabase: TestDatabase;
  let database: Database;
  let followed: Followed[];
  let id: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigia-chains-"));
    [one, other] = await Promise.all([startChain(), startChain({ chainId: OTHER_CHAIN_ID })]);
    wayToOther = await startProxy(Number(new URL(other.rpcUrl).port));
  });
  afterAll(async () => {
    await wayToOther.stop();
    await Promise.all([one.stop(), other.stop()]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "chains-test" });
    expect(other.escrowAddress).toBe(one.escrowAddress);
    const contract = { address: one.escrowAddress, startBlock: one.startBlock, profile: "reference" };
    const path = join(folder, "contracts.yaml");
    const traits = { finalizedTag: false, finalityBlocks: OTHER_FINALITY_BLOCKS };
    const contracts = [contract, { ...contract, chain: OTHER_CHAIN_ID }];
    writeFileSync(path, JSON.stringify({ chains: { [OTHER_CHAIN_ID]: traits }, contracts }));
    const values = {
      CHAIN_ID: one.chainId,
      CHAIN_RPC_URL: one.rpcUrl,
      FURTHER_CHAINS: `${OTHER_CHAIN_ID} http://127.0.0.1:${wayToOther.port}`,
      ESCROW_CONTRACTS: path,
    };
    followed = await openFollowed(settings.parse(values), log);
    ({ id } = await one.createEscrow());
    await other.createEscrow({ id });
    await one.fund(id);
  });
  afterEach(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const run = (task: Task, conditions?: Conditions): Promise<TaskResult> =>
    runTask({ database, log }, task, conditions);

  /** Of the escrow, by chain. */
  async function statuses(): Promise<Record<string, string>> {
    const { rows } = await database.query<{ chain: number; status: string }>(
      `SELECT chain_id AS chain, status FROM vigia.escrows WHERE escrow_id = $1`,
      [id],
    );
    return Object.fromEntries(rows.map(({ chain, status }) => [chain, status]));
  }

  const states = (first: string, second: string) => ({ [one.chainId]: first, [OTHER_CHAIN_ID]: second });

  async function order(chainId: number): Promise<() => Promise<string | undefined>> {
    const orderId = randomUUID();
    await database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       trade_key, status, expires_at)
       VALUES ($1, $2, $3, '0x01', '0x02', $4, '0x00', 1, $5, 'created', now())`,
      [orderId, randomUUID(), randomUUID(), chainId, id],
    );
    return async () => {
      const { rows } = await database.query<{ status: string }>(`SELECT status FROM marketplace.orders WHERE id = $1`, [
        orderId,
      ]);
      return rows[0]?.status;
    };
  }

  it("are followed each with its own escrows, orders, cursor and finality, and their tasks name them", async () => {
    const [ofOne, ofOther] = [await order(one.chainId), await order(OTHER_CHAIN_ID)];
    const heads = [await one.headBlock(), await other.headBlock()];
    expect(await run(sync(followed))).toMatchObject({
      chains: { [one.chainId]: { toBlock: heads[0] }, [OTHER_CHAIN_ID]: { toBlock: heads[1] } },
    });
    expect(await statuses()).toEqual(states("funded", "pending_deposit"));
    expect([await ofOne(), await ofOther()]).toEqual(["escrowed", "created"]);
    const marks = await Promise.all(followed.map((each) => chainOf(database).cursor(each)));
    expect(marks).toMatchObject([
      { blockNumber: heads[0], finalizedBy: "tag" },
      { blockNumber: heads[1], finalizedBy: "depth", finalizedNumber: Number(heads[1]) - OTHER_FINALITY_BLOCKS },
    ]);
    for (const task of [verify, reconcile]) expect(await run(task(followed))).toMatchObject({ corrected: 0 });

    await database.query(`UPDATE vigia.escrows SET status = 'frozen'`);
    await expect(run(resync(followed), { command: { fromBlock: 0 } })).rejects.toThrow("name the one that is meant");
    await run(resync(followed), { command: { fromBlock: 0, chainId: OTHER_CHAIN_ID } });
    expect(await statuses()).toEqual(states("frozen", "pending_deposit"));
    await run(verify(followed));
    expect(await statuses()).toEqual(states("funded", "pending_deposit"));
  });

  it("do not wait for one of which nothing is heard", async () => {
    await run(sync(followed));
    wayToOther.freeze();
    const running = run(sync(followed, { lookAgainMs: 20 }));
    await one.lock(id);
    await eventually(async () => expect(await statuses()).toEqual(states("locked", "pending_deposit")));
    await other.cancelByBuyer(id);
    wayToOther.heal();
    await running;
    expect(await statuses()).toEqual(states("locked", "cancelled_by_buyer"));
  });

  it("do not stop with one that has forked too deep, or whose endpoint is away", async () => {
    await other.mine(OTHER_FINALITY_BLOCKS);
    await run(sync(followed));
    await other.reorg(OTHER_FINALITY_BLOCKS + 1);
    await other.mine();
    await one.lock(id);
    await expect(run(sync(followed))).rejects.toThrow(PermanentError);
    expect(await statuses()).toEqual(states("locked", "pending_deposit"));

    wayToOther.leadTo(1);
    wayToOther.cut();
    await one.release(id);
    await expect(run(sync(followed))).rejects.toMatchObject({ problem: "unreachable" });
    await expect(run(verify(followed))).rejects.toMatchObject({ problem: "unreachable" });
    expect(await statuses()).toEqual(states("released", "pending_deposit"));
    wayToOther.leadTo(Number(new URL(other.rpcUrl).port));
  });
});
