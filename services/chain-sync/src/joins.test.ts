import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import type { Followed } from "./follow/followed.ts";
import { settings } from "./settings.ts";
import { sync } from "./tasks/sync.ts";
import { verify } from "./tasks/verify.ts";
import { deploy, type Foreign } from "./testing/foreign.ts";
import { openOne } from "./testing/open-one.ts";
import { runTask } from "./testing/run-task.ts";
import { escrowRows, wholeTables } from "./testing/tables.ts";

const log = createLogger("joins-test", "fatal");
const DEALS = 3;

describe("a deposit that was recorded before an event named its escrow", () => {
  let folder: string;
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let vault: Foreign;
  let market: Foreign;
  let followed: Followed;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigia-joins-"));
    chain = await startChain();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await chain.stop();
  });
  beforeEach(async () => {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "joins-test" });
    vault = await deploy(chain, "Vault");
    market = await deploy(chain, "Market", vault.address);
    const { address, startBlock } = market;
    const profile = join(__dirname, "testing/profiles/market.yaml");
    const path = join(folder, "contracts.yaml");
    writeFileSync(path, JSON.stringify([{ address, startBlock, profile, contracts: { vault: vault.address } }]));
    const values = { CHAIN_ID: chain.chainId, CHAIN_RPC_URL: chain.rpcUrl, ESCROW_CONTRACTS: path };
    followed = await openOne(settings.parse(values), log);
    for (let count = 0; count < DEALS; count++) await market.act(chain.accounts.seller, "open", [buyer(), 100n]);
    await vault.act(chain.accounts.stranger, "deposit", [], 70n);
    await vault.act(chain.accounts.stranger, "deposit", [], 8n);
    await chain.mine(2);
    await run(sync);
    await expectHeld("0", "0", "0");
  });
  afterEach(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const buyer = () => chain.accounts.buyer;
  const adopt = (deal: number, deposit: number) => market.act(chain.accounts.seller, "adopt", [deal, deposit]);
  const run = (task: typeof sync) => runTask({ database, log }, task([followed]));

  /** What each deal holds, on record and by the contract. */
  async function expectHeld(...balances: string[]): Promise<void> {
    const seller = chain.accounts.seller.toLowerCase();
    const rows = await escrowRows(database);
    const ids = balances.map((_, index) => `${seller}:${index + 1}`);
    const held = await Promise.all(balances.map((_, index) => market.ask("dealOf", seller, index + 1)));
    expect(held.map(([, balance]) => String(balance))).toEqual(balances);
    expect(ids.map((id) => rows.get(id)?.balance)).toEqual(balances);
    expect(ids.map((id) => rows.get(id)?.status)).toEqual(
      balances.map((balance) => (balance === "0" ? "pending_deposit" : "funded")),
    );
  }

  it("is its escrow's as soon as it is named", async () => {
    await adopt(1, 1);
    await run(sync);
    await expectHeld("70", "0", "0");
    await adopt(3, 2);
    await run(sync);
    await expectHeld("70", "0", "8");
    expect(await run(verify)).toMatchObject({ checked: DEALS, corrected: 0, unclear: 0 });
  });

  it("is nobody's when a fork takes the name away, and another's when the new blocks give it another", async () => {
    const before = await wholeTables(database);
    await adopt(1, 1);
    await run(sync);
    await chain.reorg(1);
    await run(sync);
    expect(await wholeTables(database)).toEqual(before);
    await adopt(2, 1);
    await run(sync);
    await expectHeld("0", "70", "0");

    // Undone and named anew between two looks.
    await chain.reorg(1);
    await adopt(3, 1);
    await adopt(2, 2);
    await run(sync);
    await expectHeld("0", "8", "70");
    expect(await run(verify)).toMatchObject({ checked: DEALS, corrected: 0, unclear: 0 });
  });
});
