import { randomBytes } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger, type Task, type TaskResult } from "@vigia/runtime";
import {
  type Chain,
  createDatabase,
  createRandom,
  eventually,
  startChain,
  startHostileProxy,
  type TestDatabase,
} from "@vigia/testkit";
import type { Followed } from "../follow/followed.ts";
import { type ChainSettings, settings } from "../settings.ts";
import { openOne } from "../testing/open-one.ts";
import { type Conditions, runTask } from "../testing/run-task.ts";
import { reconcile } from "./reconcile.ts";
import { resync } from "./resync.ts";
import { sync } from "./sync.ts";

const log = createLogger("reconcile-test", "fatal");
const AMOUNT = 1_000_000n;
const NATIVE = `0x${"0".repeat(40)}`;

describe("what a reconciliation keeps for the checks", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let values: ChainSettings;
  let followed: Followed;
  let escrowId: string;

  beforeEach(async () => {
    [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "reconcile-test" });
    values = settings.parse({
      CHAIN_ID: chain.chainId,
      CHAIN_RPC_URL: chain.rpcUrl,
      ESCROW_ADDRESS: chain.escrowAddress,
    });
    followed = await openOne(values, log);
    escrowId = await funded();
    await run(sync([followed]));
  });
  afterEach(async () => {
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  });

  function run(task: Task, conditions?: Conditions): Promise<TaskResult> {
    return runTask({ database, log }, task, conditions);
  }

  async function funded(token?: string): Promise<string> {
    const { id } = await chain.createEscrow({ amount: AMOUNT, ...(token ? { token } : {}) });
    await chain.fund(id);
    return id;
  }

  async function waitingTransactions(count: number): Promise<void> {
    await eventually(async () => {
      const { pending } = await chain.provider.send("txpool_status", []);
      return Number(pending) === count;
    });
  }

  async function rows(text: string): Promise<object[]> {
    return (await database.query(text)).rows;
  }

  const escrowReadings = () =>
    rows(`SELECT escrow_id AS id, recorded_status AS recorded, status, balance, told FROM vigia.escrow_readings`);
  const audited = () => rows(`SELECT audited_block AS block FROM vigia.chain_cursors`);
  const balances = () => rows(`SELECT token, held, owed FROM vigia.contract_balances ORDER BY token`);

  it("is nothing before the first sync", async () => {
    await database.query(`TRUNCATE vigia.chain_cursors, vigia.chain_blocks, vigia.chain_logs, vigia.escrows`);
    expect(await run(reconcile([followed]))).toMatchObject({ checked: 0, missingLogs: 0 });
    expect(await balances()).toEqual([]);
  });

  it("is nothing of escrows whose rows are right", async () => {
    await run(reconcile([followed]));
    expect(await escrowReadings()).toEqual([]);
  });

  it("is a row that differed though its events had told the state", async () => {
    await database.query(`UPDATE vigia.escrows SET status = 'frozen'`);
    await run(reconcile([followed]));
    const reading = { id: escrowId, recorded: "frozen", status: "funded", balance: String(AMOUNT), told: true };
    expect(await escrowReadings()).toEqual([reading]);
  });

  it("is a state that no event told", async () => {
    await chain.withdrawSilently(escrowId);
    await run(sync([followed]));
    await run(reconcile([followed]));
    const reading = { id: escrowId, recorded: "funded", status: "refunded", balance: "0", told: false };
    expect(await escrowReadings()).toEqual([reading]);
  });

  it("is an escrow that the contract does not have, until it has", async () => {
    const unknown = `0x${randomBytes(32).toString("hex")}`;
    await database.query(`UPDATE vigia.escrows SET escrow_id = $1`, [unknown]);
    await run(reconcile([followed]));
    const reading = { id: unknown, recorded: "funded", status: "absent", balance: null, told: false };
    expect(await escrowReadings()).toEqual([reading]);
    await chain.createEscrow({ id: unknown, amount: AMOUNT });
    await chain.fund(unknown);
    await run(sync([followed]));
    await run(reconcile([followed]));
    expect(await escrowReadings()).toEqual([]);
  });

  it("is what the contract holds of each token, and owes", async () => {
    await funded(chain.tokenAddress);
    await funded(chain.tokenAddress);
    await run(sync([followed]));
    await run(reconcile([followed]));
    const token = { token: chain.tokenAddress.toLowerCase(), held: String(2n * AMOUNT), owed: String(2n * AMOUNT) };
    expect(await balances()).toEqual([{ token: NATIVE, held: String(AMOUNT), owed: String(AMOUNT) }, token]);
    await chain.provider.send("anvil_setBalance", [chain.escrowAddress, "0x1"]);
    await chain.mine();
    await run(sync([followed]));
    await run(reconcile([followed]));
    expect(await balances()).toEqual([{ token: NATIVE, held: "1", owed: String(AMOUNT) }, token]);
  });

  it("is no want of money where an escrow was paid out without an event while others were compared", async () => {
    const afterCommit = async (step: number) => {
      if (step !== 1) return;
      await chain.withdrawSilently(escrowId);
      await run(sync([followed]));
    };
    await run(reconcile([followed]), { afterCommit });
    expect(await balances()).toEqual([{ token: NATIVE, held: "0", owed: "0" }]);
  });

  it("is of one block, also where the sync goes on meanwhile", async () => {
    const beforeStep = async (step: number) => {
      if (step !== 2) return;
      await chain.cancelBySeller(escrowId);
      await run(sync([followed]));
    };
    await run(reconcile([followed]), { beforeStep });
    expect(await balances()).toEqual([{ token: NATIVE, held: "0", owed: "0" }]);
  });

  it("is the rest, where the sync is too fast for the money to be read at any block of it", async () => {
    const beforeStep = async (step: number) => {
      if (step === 1) return;
      await chain.mine();
      await run(sync([followed]));
    };
    expect(await run(reconcile([followed]), { beforeStep })).toMatchObject({ checked: 1, missingLogs: 0 });
    expect(await balances()).toEqual([]);
    expect(await audited()).not.toEqual([{ block: -1 }]);
  });

  it.each([
    ["fails", "0xfe"],
    ["reverts", "0x60006000fd"],
    ["says too much", "0x60406000f3"],
    ["says nothing", "0x00"],
  ])("leaves out a token that %s", async (_what, code) => {
    const token = `0x${"ee".repeat(20)}`;
    await chain.provider.send("anvil_setCode", [token, code]);
    await chain.createEscrow({ amount: AMOUNT, token });
    await run(sync([followed]));
    await run(reconcile([followed]));
    expect(await balances()).toEqual([{ token: NATIVE, held: String(AMOUNT), owed: String(AMOUNT) }]);
  });

  it("is each code that the contract has had", async () => {
    await run(reconcile([followed]));
    await chain.mine();
    await run(sync([followed]));
    await run(reconcile([followed]));
    const codes = () =>
      rows(`SELECT code_digest AS code, implementation FROM vigia.contract_codes ORDER BY block_number`);
    expect(await codes()).toHaveLength(1);
    const slot = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";
    const implementation = `0x${"11".repeat(20)}`;
    const word = `0x${"0".repeat(24)}${"11".repeat(20)}`;
    await chain.provider.send("anvil_setStorageAt", [chain.escrowAddress, slot, word]);
    await chain.mine();
    await run(sync([followed]));
    await run(reconcile([followed]));
    const [first, second] = (await codes()) as { code: string }[];
    expect(second).toEqual({ code: first?.code, implementation });
  });

  it("is each log that the record lacks, once, whichever block it is of", async () => {
    expect(await run(reconcile([followed]))).toMatchObject({ missingLogs: 0 });
    await funded();
    await run(sync([followed]));
    await database.query(`DELETE FROM vigia.chain_logs WHERE block_number = $1`, [await chain.headBlock()]);
    expect(await run(reconcile([followed]))).toMatchObject({ missingLogs: 1 });
    expect(await run(reconcile([followed]))).toMatchObject({ missingLogs: 0 });
    expect(await rows(`SELECT block_number AS block, event FROM vigia.missing_logs`)).toEqual([
      { block: await chain.headBlock(), event: "EscrowFunded" },
    ]);
    await run(resync([followed]), { command: { fromBlock: await chain.headBlock() } });
    expect(await rows(`SELECT event FROM vigia.missing_logs`)).toEqual([]);
  });

  it("is a log that one endpoint leaves out of its receipts as well, where another one gives it", async () => {
    await funded();
    const proxy = await startHostileProxy(chain.rpcUrl, createRandom(1));
    try {
      // Without the root, nothing binds receipts to their header.
      const trusting = { ...values, CHAIN_RPC_URL: proxy.url, RPC_URLS: [chain.rpcUrl], CHAIN_RECEIPTS_ROOT: false };
      const followedBoth = await openOne(trusting, log);
      proxy.become({ faultRate: 1, faults: ["empty", "receipts without a log"] });
      expect(await run(sync([followedBoth]))).toMatchObject({ logs: 0 });
      expect(await run(reconcile([followedBoth]))).toMatchObject({ missingLogs: 2 });
    } finally {
      await proxy.stop();
    }
  });

  it("is each log that is on record with another amount", async () => {
    await chain.createEscrow();
    await run(sync([followed]));
    await database.query(
      `UPDATE vigia.chain_logs SET arguments = jsonb_set(arguments, '{amount}', '"7"') WHERE block_number = $1`,
      [await chain.headBlock()],
    );
    expect(await run(reconcile([followed]))).toMatchObject({ missingLogs: 1 });
  });

  it("is one log of several like it, left out while many such blocks were read at once", async () => {
    await chain.setAutomine(false);
    for (let block = 0; block < 25; block++) {
      const creations: Promise<unknown>[] = [];
      for (const count of [1, 2]) {
        creations.push(chain.createEscrow());
        await waitingTransactions(count);
      }
      await chain.mine();
      await Promise.all(creations);
    }
    await chain.setAutomine(true);
    const proxy = await startHostileProxy(chain.rpcUrl, createRandom(1));
    try {
      const throughProxy = await openOne({ ...values, CHAIN_RPC_URL: proxy.url }, log);
      proxy.become({ faultRate: 1, faults: ["partial"] });
      expect(await run(sync([throughProxy]))).toMatchObject({ logs: 49 });
    } finally {
      await proxy.stop();
    }
    expect(await run(reconcile([followed]))).toMatchObject({ missingLogs: 1 });
  });

  it("is looked for in every block within one run, also where an endpoint gives them one by one", async () => {
    for (let block = 0; block < 25; block++) await chain.mine();
    await run(sync([followed]));
    const proxy = await startHostileProxy(chain.rpcUrl, createRandom(1));
    try {
      proxy.become({ faultRate: 0, maxBlocks: 1 });
      const throughProxy = await openOne({ ...values, CHAIN_RPC_URL: proxy.url }, log);
      await run(reconcile([throughProxy]));
    } finally {
      await proxy.stop();
    }
    expect(await audited()).toEqual([{ block: await chain.headBlock() }]);
  });

  it("is nothing of blocks that a fork replaced while they were read a second time", async () => {
    const beforeStep = async (step: number) => {
      if (step !== 3) return;
      await chain.reorg(1);
      await run(sync([followed]));
    };
    await run(reconcile([followed]), { beforeStep });
    expect(await audited()).toEqual([{ block: -1 }]);
    await run(reconcile([followed]));
    expect(await audited()).toEqual([{ block: await chain.headBlock() }]);
  });

  it("is gone with the blocks that a fork undid, and those in their place are read again", async () => {
    const head = await chain.headBlock();
    await run(reconcile([followed]));
    expect(await audited()).toEqual([{ block: head }]);
    await chain.withdrawSilently(escrowId);
    await run(sync([followed]));
    await run(reconcile([followed]));
    await chain.reorg(1);
    await run(sync([followed]));
    expect(await audited()).toEqual([{ block: head }]);
    expect([await escrowReadings(), await balances()]).toEqual([[], []]);
    await run(reconcile([followed]));
    expect(await audited()).toEqual([{ block: head + 1 }]);
  });
});
