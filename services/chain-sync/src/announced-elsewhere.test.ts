import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import { id as hash } from "ethers";
import { openFollowed } from "./follow/open.ts";
import { settings } from "./settings.ts";
import { sync } from "./tasks/sync.ts";
import { deploy } from "./testing/foreign.ts";
import { runTask } from "./testing/run-task.ts";

const log = createLogger("announced-elsewhere-test", "fatal");

describe("a contract that is followed by itself, and announced by a factory that is followed too", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigia-elsewhere-"));
    [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "announced-elsewhere-test" });
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  });

  it("has each log on record once, and sticks neither", async () => {
    const { seller, buyer } = chain.accounts;
    const factory = await deploy(chain, "TradeFactory");
    for (const key of ["one", "two"]) await factory.act(seller, "create", [hash(key), buyer, 1_000n]);
    const trades = await chain.provider.getLogs({ address: factory.address, fromBlock: factory.startBlock });
    const [child, other] = trades.map(({ data }) => `0x${data.slice(-40)}`);
    const path = join(folder, "contracts.yaml");
    const plans = [
      { address: child, profile: "openzeppelin-escrow" },
      { address: factory.address, profile: join(__dirname, "testing/profiles/trades.yaml") },
    ];
    writeFileSync(path, JSON.stringify(plans));
    const values = { CHAIN_ID: chain.chainId, CHAIN_RPC_URL: chain.rpcUrl, ESCROW_CONTRACTS: path };
    const followed = await openFollowed(settings.parse(values), log);
    await runTask({ database, log }, sync(followed));
    await chain.mine();
    await runTask({ database, log }, sync(followed));
    const { rows } = await database.query<{ contract: string; address: string }>(
      `SELECT contract, COALESCE(address, contract) AS address FROM vigia.chain_logs ORDER BY block_number, log_index`,
    );
    const of = (address: string | undefined) =>
      rows.filter((row) => row.address === address).map((row) => row.contract);
    expect(of(child)).toEqual([child]);
    expect(of(other)).toEqual([factory.address]);
  });
});
