import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import {
  type Chain,
  createDatabase,
  createRandom,
  type HostileProxy,
  startChain,
  startHostileProxy,
  type TestDatabase,
} from "@vigia/testkit";
import { settings } from "../settings.ts";
import { resync } from "../tasks/resync.ts";
import { sync } from "../tasks/sync.ts";
import { openOne } from "../testing/open-one.ts";
import { runTask } from "../testing/run-task.ts";
import { wholeTables } from "../testing/tables.ts";
import type { Followed } from "./followed.ts";

const log = createLogger("foreign-chain-test", "fatal");

describe("beside an endpoint of another chain", () => {
  let ours: Chain;
  /** Of another id, and of our id with another history. Both have blocks enough, and no log of our contract. */
  let foreign: Chain;
  let twin: Chain;
  /** Before ours, and before the foreign one. */
  let proxy: HostileProxy;
  let late: HostileProxy;
  let testDatabase: TestDatabase;
  let database: Database;
  let counted: string[];

  beforeEach(async () => {
    counted = [];
    [ours, foreign, twin, testDatabase] = await Promise.all([
      startChain(),
      startChain({ chainId: 5 }),
      startChain(),
      createDatabase(),
    ]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "foreign-chain-test" });
    proxy = await startHostileProxy(ours.rpcUrl, createRandom(1));
    late = await startHostileProxy(foreign.rpcUrl, createRandom(1));
    await ours.fund((await ours.createEscrow()).id);
    await Promise.all([foreign.mine(20), twin.mine(20)]);
  });
  afterEach(async () => {
    await database.close();
    await Promise.all([proxy.stop(), late.stop()]);
    await Promise.all([testDatabase.drop(), ours.stop(), foreign.stop(), twin.stop()]);
  });

  function open(first: string, ...others: string[]): Promise<Followed> {
    const values = settings.parse({
      CHAIN_ID: ours.chainId,
      CHAIN_RPC_URL: first,
      RPC_URLS: others.join(),
      ESCROW_ADDRESS: ours.escrowAddress,
    });
    const onProblem = (_name: string, kind: string) => void counted.push(kind);
    return openOne(values, log, { onProblem });
  }

  /** The endpoint of our chain answers no more, once it is known which one is of our chain. */
  async function failsAfterSurvey(followed: Followed, task: () => Promise<unknown>): Promise<void> {
    const { survey } = followed.endpoints;
    Object.assign(followed.endpoints, {
      survey: async (...asked: Parameters<typeof survey>) => {
        const seen = await survey(...asked);
        proxy.become({ faultRate: 1, faults: ["down"] });
        return seen;
      },
    });
    await expect(task()).rejects.toMatchObject({ problem: "unreachable" });
    Object.assign(followed.endpoints, { survey });
    proxy.become({ faultRate: 0 });
  }

  const resyncAll = (followed: Followed) =>
    runTask({ database, log }, resync([followed]), { command: { fromBlock: 0 } });

  it("takes nothing from it where our own fails, neither at first nor in the place of what is on record", async () => {
    const followed = await open(proxy.url, foreign.rpcUrl);
    await failsAfterSurvey(followed, () => runTask({ database, log }, sync([followed])));
    expect(await wholeTables(database)).toMatchObject({ logs: [], escrows: [] });

    await runTask({ database, log }, sync([followed]));
    const before = await wholeTables(database);
    expect(before).toMatchObject({ logs: [{}, {}], escrows: [{}] });
    await failsAfterSurvey(followed, () => resyncAll(followed));
    expect(await wholeTables(database)).toEqual(before);
    expect(counted).toContain("other_chain");
  });

  it("asks an endpoint that was away at the survey for its chain before anything is read from it", async () => {
    late.become({ faultRate: 1, faults: ["down"] });
    const { endpoints } = await open(proxy.url, late.url);
    late.become({ faultRate: 0 });
    proxy.become({ faultRate: 1, faults: ["down"] });
    const asked = endpoints.attempt(({ reader }) => reader.headers([1]));
    await expect(asked).rejects.toMatchObject({ problem: "unreachable" });
    expect(counted).toContain("other_chain");
  });

  it("stops where two of our id tell another chain, and goes by the two that agree", async () => {
    const torn = await open(twin.rpcUrl, ours.rpcUrl);
    await expect(runTask({ database, log }, sync([torn]))).rejects.toMatchObject({ untruth: "fork_unconfirmed" });
    expect(await wholeTables(database)).toMatchObject({ logs: [], escrows: [] });

    const settled = await open(twin.rpcUrl, ours.rpcUrl, proxy.url);
    await runTask({ database, log }, sync([settled]));
    await resyncAll(settled);
    expect(await wholeTables(database)).toMatchObject({ logs: [{}, {}], escrows: [{}] });
  });
});
