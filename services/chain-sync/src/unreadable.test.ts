import { join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import { id as hash } from "ethers";
import { openFollowed } from "./follow/open.ts";
import { settings } from "./settings.ts";
import { sync } from "./tasks/sync.ts";
import { at, deploy } from "./testing/foreign.ts";
import { runTask } from "./testing/run-task.ts";
import { stepsOf } from "./testing/tables.ts";

const log = createLogger("unreadable-test", "fatal");
const NOTED = "Noted(string)";

describe("a text that no database can keep, which anybody can have a contract emit", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "unreadable-test" });
  });
  afterAll(async () => {
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  });

  it("is on record as one that cannot be read, and the sync goes on", async () => {
    const { seller, buyer } = chain.accounts;
    const factory = await deploy(chain, "TradeFactory");
    await factory.act(seller, "create", [hash("one"), buyer, 1_000n], 0n);
    const [announced] = await chain.provider.getLogs({ address: factory.address, fromBlock: "latest" });
    const trade = at(chain, "Trade", `0x${announced?.data.slice(-40)}`);
    for (const text of ["plain", "with a \u0000 in it"]) await trade.act(seller, "note", [text]);
    await trade.act(seller, "fund", [], 1_000n);
    const followed = await openFollowed(
      settings.parse({
        ...{ CHAIN_ID: chain.chainId, CHAIN_RPC_URL: chain.rpcUrl, ESCROW_START_BLOCK: factory.startBlock },
        ...{ ESCROW_ADDRESS: factory.address, ESCROW_PROFILE: join(__dirname, "testing/profiles/trades.yaml") },
      }),
      log,
    );
    expect(await runTask({ database, log }, sync(followed))).toMatchObject({ logs: 5 });
    const { rows } = await database.query(
      `SELECT event, arguments->>'text' AS text FROM vigia.chain_logs
        WHERE event IN ('trade.Noted', $1) ORDER BY block_number`,
      [hash(NOTED)],
    );
    expect(rows).toEqual([
      { event: "trade.Noted", text: "plain" },
      { event: hash(NOTED), text: null },
    ]);
    expect(await stepsOf(database, trade.address)).toEqual(["pending_deposit", "funded"]);
  });
});
