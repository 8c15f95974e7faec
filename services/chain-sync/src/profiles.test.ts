import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger, type TaskResult } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import { id as hash, ZeroAddress } from "ethers";
import type { Followed } from "./follow/followed.ts";
import { openFollowed } from "./follow/open.ts";
import { settings } from "./settings.ts";
import { reconcile } from "./tasks/reconcile.ts";
import { resync } from "./tasks/resync.ts";
import { sync } from "./tasks/sync.ts";
import { verify } from "./tasks/verify.ts";
import { at, deploy, type Foreign } from "./testing/foreign.ts";
import { runTask } from "./testing/run-task.ts";
import { escrowRows, stepsOf, wholeTables } from "./testing/tables.ts";

const log = createLogger("profiles-test", "fatal");

interface Plan {
  readonly contract: Foreign;
  readonly profile: string;
  readonly contracts?: Readonly<Record<string, string>>;
}

describe("a contract that is followed by a profile alone", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let folder: string;
  let followed: Followed[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigia-profiles-"));
    chain = await startChain();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await chain.stop();
  });
  beforeEach(async () => {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "profiles-test" });
  });
  afterEach(async () => {
    await database.close();
    await testDatabase.drop();
  });

  async function follow(...plans: Plan[]): Promise<void> {
    const path = join(folder, "contracts.yaml");
    const entries = plans.map(({ contract: { address, startBlock }, profile, contracts = {} }) => {
      return { address, startBlock, profile, contracts };
    });
    writeFileSync(path, JSON.stringify(entries));
    const values = { CHAIN_ID: chain.chainId, CHAIN_RPC_URL: chain.rpcUrl, ESCROW_CONTRACTS: path };
    followed = await openFollowed(settings.parse(values), log);
  }

  const run = (task: typeof sync, conditions = {}): Promise<TaskResult> =>
    runTask({ database, log }, task(followed), conditions);
  const own = (name: string) => join(__dirname, "testing/profiles", `${name}.yaml`);

  const rows = () => escrowRows(database);
  const steps = (escrowId: string) => stepsOf(database, escrowId);
  const tables = () => wholeTables(database);

  describe("OpenZeppelin's Escrow", () => {
    it("is an escrow for each payee, whose deposits are the contract's", async () => {
      const escrow = await deploy(chain, "Escrow");
      const { arbiter, buyer, seller, stranger } = chain.accounts;
      await follow({ contract: escrow, profile: "openzeppelin-escrow" });
      await escrow.act(arbiter, "deposit", [buyer], 500n);
      await escrow.act(arbiter, "deposit", [buyer], 70n);
      await escrow.act(arbiter, "deposit", [seller], 9n);
      await escrow.act(arbiter, "withdraw", [seller]);
      await escrow.act(arbiter, "deposit", [stranger], 1n);
      await escrow.act(arbiter, "withdraw", [stranger]);
      await escrow.act(arbiter, "deposit", [stranger], 3n);
      expect(await run(sync)).toMatchObject({ logs: 8, escrowsChanged: 3 });

      const found = await rows();
      for (const payee of [buyer, seller, stranger]) {
        const [deposits] = await escrow.ask("depositsOf", payee);
        expect(found.get(payee.toLowerCase())).toMatchObject({
          status: deposits === 0n ? "released" : "funded",
          balance: String(deposits),
          buyerAddress: payee.toLowerCase(),
          sellerAddress: ZeroAddress,
          token: ZeroAddress,
        });
      }
      expect(found.get(buyer.toLowerCase())).toMatchObject({ amount: "500", balance: "570" });
      expect(await steps(stranger.toLowerCase())).toEqual(["funded", "released", "funded"]);
      expect(await run(verify)).toMatchObject({ checked: 3, corrected: 0, unclear: 0 });
    });
  });

  describe("OpenZeppelin's RefundEscrow", () => {
    async function funded(): Promise<Foreign> {
      const { arbiter, buyer, seller, stranger } = chain.accounts;
      const escrow = await deploy(chain, "RefundEscrow", stranger);
      await follow({ contract: escrow, profile: "openzeppelin-refund-escrow" });
      await escrow.act(arbiter, "deposit", [buyer], 500n);
      await escrow.act(arbiter, "deposit", [seller], 40n);
      await run(sync);
      return escrow;
    }

    async function expectEqual(escrow: Foreign, status: string): Promise<void> {
      const balance = String(await chain.provider.getBalance(escrow.address));
      expect((await rows()).get(escrow.address)).toMatchObject({ status, balance });
    }

    it("is one escrow, whose end no event tells: reading the state finds it", async () => {
      const escrow = await funded();
      await expectEqual(escrow, "funded");
      await escrow.act(chain.accounts.arbiter, "close", []);
      await run(sync);
      await expectEqual(escrow, "locked");
      await escrow.act(chain.accounts.stranger, "beneficiaryWithdraw", []);
      await run(sync);
      expect((await rows()).get(escrow.address)).toMatchObject({ status: "locked", balance: "540" });

      expect(await run(verify)).toMatchObject({ checked: 1, corrected: 1, unclear: 0 });
      await expectEqual(escrow, "released");
      expect((await rows()).get(escrow.address)).toMatchObject({ statusSource: "state" });
    });

    it("goes back to those who paid, one after the other", async () => {
      const escrow = await funded();
      const { arbiter, buyer, seller } = chain.accounts;
      await escrow.act(arbiter, "enableRefunds", []);
      await escrow.act(arbiter, "withdraw", [buyer]);
      await run(sync);
      await expectEqual(escrow, "frozen");
      await escrow.act(arbiter, "withdraw", [seller]);
      await run(sync);
      await expectEqual(escrow, "refunded");
      expect(await run(reconcile)).toMatchObject({ checked: 1, corrected: 0 });
      expect(await steps(escrow.address)).toEqual(["funded", "frozen", "refunded"]);
    });
  });

  describe("a factory with clones", () => {
    let factory: Foreign;

    beforeEach(async () => {
      factory = await deploy(chain, "TradeFactory");
      await follow({ contract: factory, profile: own("trades") });
    });

    async function create(value = 0n): Promise<Foreign> {
      const { seller, buyer } = chain.accounts;
      await factory.act(seller, "create", [hash(String(Math.random())), buyer, 1_000n], value);
      const head = await chain.provider.send("eth_getLogs", [{ address: factory.address, fromBlock: "latest" }]);
      return at(chain, "Trade", `0x${String(head[0].data).slice(26)}`);
    }

    const STATES = ["absent", "pending_deposit", "funded", "partially_released", "released", "refunded"];

    async function expectEqual(trades: readonly Foreign[]): Promise<void> {
      const found = await rows();
      for (const trade of trades) {
        const [stage] = await trade.ask("stage");
        const balance = String(await chain.provider.getBalance(trade.address));
        const { buyer, seller } = chain.accounts;
        expect(found.get(trade.address)).toMatchObject({
          contract: factory.address,
          status: STATES[Number(stage)],
          balance,
          amount: "1000",
          sellerAddress: seller.toLowerCase(),
          buyerAddress: buyer.toLowerCase(),
        });
      }
      expect(found.size).toBe(trades.length);
    }

    it("has every log of its children, those before their announcement in its block included", async () => {
      const { seller } = chain.accounts;
      const first = await create();
      const second = await create(1_000n);
      await second.act(seller, "pay", [[100n, 250n]]);
      expect(await run(sync)).toMatchObject({ logs: 2 + 3 + 1 });
      await expectEqual([first, second]);

      // Announced in a later range, and acted on in the same and in the next one.
      const third = await create(1_000n);
      await first.act(seller, "fund", [], 1_000n);
      await third.act(seller, "pay", [[400n, 600n]]);
      await run(sync);
      await first.act(seller, "refund", []);
      await run(sync);
      await expectEqual([first, second, third]);
      expect(await steps(third.address)).toEqual(["pending_deposit", "funded", "released"]);

      await second.act(seller, "takeBack", []);
      await run(sync);
      expect(await run(verify)).toMatchObject({ checked: 3, corrected: 1, unclear: 0 });
      await expectEqual([first, second, third]);
    });

    it("loses with a fork the children that it announced, and knows them when they come again", async () => {
      const kept = await create(1_000n);
      await chain.mine(2);
      const lost = await create(1_000n);
      await lost.act(chain.accounts.seller, "pay", [[1_000n]]);
      await run(sync);
      await expectEqual([kept, lost]);
      await chain.reorg(2);
      await run(sync);
      await expectEqual([kept]);

      const again = await create();
      await again.act(chain.accounts.seller, "fund", [], 1_000n);
      await run(sync);
      expect(again.address).toBe(lost.address);
      await expectEqual([kept, again]);
    });

    it("is repaired by a resync, also where a child was not known and its blocks are long past", async () => {
      const trade = await create(1_000n);
      await chain.mine(3);
      await trade.act(chain.accounts.seller, "pay", [[300n]]);
      await run(sync);
      const whole = await tables();
      await database.query("DELETE FROM vigia.chain_links");
      await database.query("DELETE FROM vigia.chain_logs");
      await database.query("DELETE FROM vigia.escrows");
      const block = await chain.headBlock();
      await run(resync as never, { command: { fromBlock: block - 4, toBlock: block - 4 } });
      expect(await tables()).toEqual(whole);
    });
  });

  describe("escrows whose money another contract holds", () => {
    let vault: Foreign;
    let market: Foreign;

    beforeEach(async () => {
      vault = await deploy(chain, "Vault");
      market = await deploy(chain, "Market", vault.address);
      await follow({ contract: market, profile: own("market"), contracts: { vault: vault.address } });
    });

    const STATES = ["absent", "pending_deposit", "funded", "disputed"];

    async function expectEqual(count: number): Promise<void> {
      const found = await rows();
      const seller = chain.accounts.seller.toLowerCase();
      for (let number = 1; number <= count; number++) {
        const [state, held] = await market.ask("dealOf", seller, number);
        const row = found.get(`${seller}:${number}`);
        expect(row?.balance).toBe(String(held));
        if (STATES[Number(state)]) expect(row?.status).toBe(STATES[Number(state)]);
      }
      expect(found.size).toBe(count);
    }

    async function live(): Promise<void> {
      const { seller, buyer } = chain.accounts;
      for (let count = 0; count < 5; count++) await market.act(seller, "open", [buyer, 100n]);
      // Deposits of nobody are on record, and belong to no escrow.
      await vault.act(seller, "deposit", [], 7n);
      for (const number of [2, 3, 4, 5]) await market.act(seller, "fund", [number], 100n + BigInt(number));
      await market.act(seller, "dispute", [4]);
      await market.act(seller, "end", [3, true]);
      await market.act(seller, "end", [4, false]);
      await market.act(seller, "dispute", [5]);
    }

    it("are told by events that name a deposit alone, of either contract", async () => {
      await live();
      await run(sync);
      await expectEqual(5);
      const seller = chain.accounts.seller.toLowerCase();
      const found = await rows();
      expect([3, 4].map((number) => found.get(`${seller}:${number}`)?.status)).toEqual(["released", "resolved_seller"]);
      expect(await steps(`${seller}:4`)).toEqual(["pending_deposit", "funded", "disputed", "resolved_seller"]);
      expect(await run(verify)).toMatchObject({ checked: 5, corrected: 0, unclear: 0 });
    });

    it("are the same whether their blocks are read at once, one by one, or again", async () => {
      await live();
      await run(sync);
      const atOnce = await tables();
      await database.query(
        "TRUNCATE vigia.chain_cursors, vigia.chain_blocks, vigia.chain_logs, vigia.chain_links, vigia.escrows, vigia.escrow_transitions",
      );
      for (const { ranges } of followed[0]?.endpoints.all ?? []) ranges.limitTo(1);
      await run(sync);
      expect(await tables()).toEqual(atOnce);

      await database.query("DELETE FROM vigia.chain_links WHERE key LIKE '%=3'");
      await database.query("UPDATE vigia.chain_logs SET escrow_id = NULL WHERE link_key LIKE '%=4'");
      await database.query("UPDATE vigia.escrows SET status = 'frozen'");
      await run(resync as never, { command: { fromBlock: market.startBlock } });
      expect(await tables()).toEqual(atOnce);
      await run(resync as never, { command: { fromBlock: market.startBlock } });
      expect(await tables()).toEqual(atOnce);
    });

    it("lose with a fork what the event said that named them", async () => {
      const { seller, buyer } = chain.accounts;
      await market.act(seller, "open", [buyer, 100n]);
      await run(sync);
      const before = await tables();
      await market.act(seller, "fund", [1], 50n);
      await run(sync);
      await expectEqual(1);
      await chain.reorg(1);
      await chain.mine();
      await run(sync);
      expect(await tables()).toEqual(before);
      await expectEqual(1);
    });
  });

  it("is followed behind a proxy, through an upgrade that changes its events", async () => {
    const { seller, buyer, arbiter } = chain.accounts;
    const implementations = [
      await deploy(chain, "UpgradeableEscrow"),
      await deploy(chain, "UpgradeableEscrowV2"),
    ] as const;
    const proxy = await deploy(chain, "ERC1967Proxy", implementations[0].address, "0x");
    await follow({ contract: proxy, profile: own("upgradeable") });
    const before = at(chain, "UpgradeableEscrow", proxy.address);
    const after = at(chain, "UpgradeableEscrowV2", proxy.address);
    const ids = ["one", "two", "three"].map(hash);
    const [one, two, three] = ids;
    for (const id of ids) await before.act(seller, "create", [id, buyer], 100n);
    await before.act(seller, "release", [one]);
    await run(sync);
    await before.act(arbiter, "upgradeTo", [implementations[1].address]);
    await after.act(seller, "release", [two]);
    for (let count = 0; count < 10; count++) await after.act(seller, "release", [three]);
    await run(sync);

    const found = await rows();
    const states = ["absent", "funded", "released", "partially_released"];
    for (const id of ids) {
      const [[state], [held]] = await Promise.all([after.ask("stateOf", id), after.ask("heldBy", id)]);
      expect(found.get(id)).toMatchObject({ status: states[Number(state)], balance: String(held) });
    }
    expect([one, two, three].map((id) => found.get(id ?? "")?.status)).toEqual([
      "released",
      "partially_released",
      "released",
    ]);
    expect(await run(verify)).toMatchObject({ checked: 3, corrected: 0, unclear: 0 });
  });

  it("is followed beside others, and does not stop them when it cannot be", async () => {
    const { arbiter, buyer, seller } = chain.accounts;
    const [one, two, factory] = [
      await deploy(chain, "Escrow"),
      await deploy(chain, "Escrow"),
      await deploy(chain, "TradeFactory"),
    ];
    await one.act(arbiter, "deposit", [buyer], 5n);
    await two.act(arbiter, "deposit", [buyer], 6n);
    await factory.act(seller, "create", [hash("beside"), buyer, 1_000n]);
    const profile = "openzeppelin-escrow";
    await follow({ contract: one, profile }, { contract: factory, profile: own("trades") }, { contract: two, profile });
    expect(await run(sync)).toMatchObject({ logs: 2 + 2 + 2, escrowsChanged: 3 });
    expect(await run(verify)).toMatchObject({ checked: 3, corrected: 0 });
    const balances = async () =>
      (await database.query<{ balance: string }>("SELECT balance FROM vigia.escrows ORDER BY balance")).rows;
    expect(await balances()).toEqual([{ balance: "0" }, { balance: "5" }, { balance: "6" }]);

    // What is on record of the first one is spoiled in a way that no sync can go on from.
    await database.query("UPDATE vigia.chain_logs SET arguments = '{}' WHERE contract = $1", [one.address]);
    await database.query("UPDATE vigia.escrows SET updated_block = 1000000 WHERE contract = $1", [one.address]);
    await one.act(arbiter, "deposit", [buyer], 50n);
    await two.act(arbiter, "deposit", [buyer], 60n);
    await expect(run(sync)).rejects.toThrow('holds no amount "weiAmount"');
    expect(await balances()).toEqual([{ balance: "0" }, { balance: "5" }, { balance: "66" }]);
    await run(resync as never, { command: { fromBlock: 0, contract: one.address } });
    await run(sync);
    expect(await balances()).toEqual([{ balance: "0" }, { balance: "55" }, { balance: "66" }]);
  });

  it("is followed by its events alone where its state cannot be read, and says so", async () => {
    const escrow = await deploy(chain, "Escrow");
    const path = join(folder, "blind.yaml");
    const creates = { seller: "nobody", buyer: "payee", token: "native", amount: "weiAmount" };
    const deposited = { escrow: "payee", leadsTo: "funded", balance: { adds: "weiAmount" }, creates };
    const abi = ["event Deposited(address indexed payee, uint256 weiAmount)"];
    writeFileSync(path, JSON.stringify({ name: "blind", abi, events: { Deposited: deposited } }));
    await follow({ contract: escrow, profile: path });
    await escrow.act(chain.accounts.arbiter, "deposit", [chain.accounts.buyer], 5n);
    await run(sync);
    expect((await rows()).size).toBe(1);
    expect(await run(verify)).toEqual({ checked: 0, corrected: 0, unclear: 0, byEventsAlone: 1 });
  });
});
