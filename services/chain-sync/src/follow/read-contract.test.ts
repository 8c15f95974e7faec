import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import { id as hash } from "ethers";
import { settings } from "../settings.ts";
import { reconcile } from "../tasks/reconcile.ts";
import { sync } from "../tasks/sync.ts";
import { at, deploy, type Foreign } from "../testing/foreign.ts";
import { runTask } from "../testing/run-task.ts";
import type { Followed } from "./followed.ts";
import { openFollowed } from "./open.ts";

const log = createLogger("read-contract-test", "fatal");

describe("the money and the code of a contract that is followed by a profile", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let folder: string;
  let followed: Followed[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigia-read-contract-"));
    chain = await startChain();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await chain.stop();
  });
  beforeEach(async () => {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "read-contract-test" });
  });
  afterEach(async () => {
    await database.close();
    await testDatabase.drop();
  });

  async function follow({ address, startBlock }: Foreign, profile: string, contracts = {}): Promise<void> {
    const path = join(folder, "contracts.yaml");
    writeFileSync(path, JSON.stringify([{ address, startBlock, profile, contracts }]));
    const values = { CHAIN_ID: chain.chainId, CHAIN_RPC_URL: chain.rpcUrl, ESCROW_CONTRACTS: path };
    followed = await openFollowed(settings.parse(values), log);
  }

  async function syncAndReconcile(): Promise<void> {
    for (const task of [sync, reconcile]) await runTask({ database, log }, task(followed));
  }

  const own = (name: string) => join(__dirname, "../testing/profiles", `${name}.yaml`);
  const rows = async (text: string) => (await database.query<object>(text)).rows;
  const balances = () => rows(`SELECT held, owed FROM vigia.contract_balances`);

  it("counts what lies in another contract of the profile", async () => {
    const { seller, buyer } = chain.accounts;
    const vault = await deploy(chain, "Vault");
    const market = await deploy(chain, "Market", vault.address);
    await follow(market, own("market"), { vault: vault.address });
    await market.act(seller, "open", [buyer, 100n]);
    await market.act(seller, "fund", [1], 100n);
    await syncAndReconcile();
    expect(await balances()).toEqual([{ held: "100", owed: "100" }]);
    await vault.act(buyer, "payOut", [1, buyer, 30n]);
    await vault.act(buyer, "deposit", [], 7n);
    await syncAndReconcile();
    // The market says that the deal holds 70 now: what the vault has besides is nobody's.
    expect(await balances()).toEqual([{ held: "77", owed: "70" }]);
    const codes = await rows(`SELECT address FROM vigia.contract_codes ORDER BY read_at, address`);
    expect(codes).toEqual([market, vault].map(({ address }) => ({ address })).toSorted(byAddress));
  });

  it("counts what lies in the contracts that a factory announced", async () => {
    const { seller, buyer } = chain.accounts;
    const factory = await deploy(chain, "TradeFactory");
    await follow(factory, own("trades"));
    for (const name of ["one", "two"]) await factory.act(seller, "create", [hash(name), buyer, 1_000n], 60n);
    await syncAndReconcile();
    expect(await balances()).toEqual([{ held: "120", owed: "120" }]);
  });

  it("is another once its proxy hands calls on to another contract", async () => {
    const { arbiter } = chain.accounts;
    const first = await deploy(chain, "UpgradeableEscrow");
    const second = await deploy(chain, "UpgradeableEscrowV2");
    const proxy = await deploy(chain, "ERC1967Proxy", first.address, "0x");
    await follow(proxy, own("upgradeable"));
    await syncAndReconcile();
    await at(chain, "UpgradeableEscrow", proxy.address).act(arbiter, "upgradeTo", [second.address]);
    await syncAndReconcile();
    const codes = await rows(`SELECT address, implementation FROM vigia.contract_codes ORDER BY block_number`);
    const { address } = proxy;
    expect(codes).toEqual([first, second].map((each) => ({ address, implementation: each.address })));
  });

  it("is not told of where the profile does not say what escrows hold", async () => {
    const escrow = await deploy(chain, "Escrow");
    const path = join(folder, "blind.yaml");
    const abi = ["event Deposited(address indexed payee, uint256 weiAmount)"];
    const creates = { seller: "nobody", buyer: "payee", token: "native", amount: "weiAmount" };
    const events = { Deposited: { escrow: "payee", leadsTo: "funded", creates } };
    writeFileSync(path, JSON.stringify({ name: "blind", abi, events }));
    await follow(escrow, path);
    await escrow.act(chain.accounts.arbiter, "deposit", [chain.accounts.buyer], 5n);
    await syncAndReconcile();
    expect(await balances()).toEqual([]);
  });
});

function byAddress(one: { address: string }, other: { address: string }): number {
  return one.address < other.address ? -1 : 1;
}
