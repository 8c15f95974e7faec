import { RpcError } from "@vigia/chain";
import { chain as chainOf, type Database, openDatabase } from "@vigia/database";
import { createLogger, PermanentError } from "@vigia/runtime";
import {
  type Chain,
  createDatabase,
  createRandom,
  FAULTS,
  type FaultName,
  type HostileProxy,
  type Hostility,
  indexPlainly,
  type Random,
  seedOfRun,
  startChain,
  startHostileProxy,
  type TestDatabase,
} from "@vigia/testkit";
import type { Followed } from "./follow/followed.ts";
import { StaleReadError } from "./follow/stale-read.ts";
import { settings } from "./settings.ts";
import { reconcile } from "./tasks/reconcile.ts";
import { resync } from "./tasks/resync.ts";
import { sync } from "./tasks/sync.ts";
import { verify } from "./tasks/verify.ts";
import { consequencesOf, consequencesOnRecord, placeOrders, strayOrders } from "./testing/consequences.ts";
import { openOne } from "./testing/open-one.ts";
import { recordsOf } from "./testing/records.ts";
import { type Conditions, runTask } from "./testing/run-task.ts";
import { createStory } from "./testing/story.ts";

/** `npm run test:chain -- --seed S --minutes M` sets both. */
const SEED = seedOfRun();
const MINUTES = Number(process.env.CHAIN_TEST_MINUTES ?? 0);
const STORIES = 4;
const STORIES_A_MINUTE = 5;
const ROUNDS = 8;
const STORY_LIMIT_MS = 240_000;

const log = createLogger("hostile-test", "fatal");

class Killed extends Error {}

describe("the sync behind endpoints that lie", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let proxies: HostileProxy[];
  let followed: Followed;
  /** How often each kind of untruth was counted. */
  let counted: Map<string, number>;

  beforeEach(() => {
    proxies = [];
    counted = new Map();
  });
  afterEach(async () => {
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await database.close();
    await testDatabase.drop();
  });

  async function start(count: number, random: Random): Promise<void> {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "hostile-test" });
    for (let number = 0; number < count; number++) {
      proxies.push(await startHostileProxy(chain.rpcUrl, createRandom(random.int(0, 1_000_000))));
    }
    const [first, ...others] = proxies.map(({ url }) => url);
    const values = settings.parse({
      CHAIN_ID: chain.chainId,
      CHAIN_RPC_URL: first,
      RPC_URLS: others.join(),
      ESCROW_ADDRESS: chain.escrowAddress,
      ESCROW_START_BLOCK: chain.startBlock,
    });
    const onProblem = (_name: string, kind: string) => void counted.set(kind, (counted.get(kind) ?? 0) + 1);
    followed = await openOne(values, log, { onProblem });
  }

  /** What the tables say must be what the chain says, up to the cursor; on a fork, there is nothing to compare yet. */
  async function expectTrue(note: string): Promise<void> {
    const cursor = await chainOf(database).cursor(followed);
    const block = await chain.provider.getBlock(cursor?.blockNumber ?? -1).catch(() => null);
    if (!cursor || !block || block.hash !== cursor.blockHash) return;
    const [records, index] = [await recordsOf(database), await indexPlainly(chain, cursor.blockNumber)];
    try {
      expect(records).toEqual(index);
      expect(await consequencesOnRecord(database)).toEqual(consequencesOf(index));
    } catch (error) {
      throw new Error(`${note}, up to block ${cursor.blockNumber}: ${String(error)}`);
    }
  }

  async function syncToHead(): Promise<void> {
    for (const proxy of proxies) proxy.become({ faultRate: 0 });
    await runTask({ database, log }, sync([followed]));
    const cursor = await chainOf(database).cursor(followed);
    expect(cursor?.blockNumber).toBe(await chain.headBlock());
  }

  describe("of which one does nothing else", () => {
    const COUNTED: Partial<Record<FaultName, string>> = {
      empty: "missing_log",
      partial: "missing_log",
      foreign: "foreign_log",
      "wrong block hash": "other_block_hash",
      "wrong topic": "invented_log",
      removed: "removed_log",
      duplicated: "disorder",
      disorder: "disorder",
      "null block": "null_block",
      "false header": "header_hash",
      "stale head": "stale_head",
      "other chain": "other_chain",
      "other state": "other_state",
      "no receipts": "receipts",
      "receipts without a log": "receipts",
      reset: "unreachable",
      busy: "busy",
      down: "unreachable",
      "cut off": "unreachable",
      "no JSON": "unreachable",
    };

    beforeAll(async () => {
      chain = await startChain();
      for (let count = 0; count < 4; count++) {
        const { id } = await chain.createEscrow();
        await chain.fund(id);
        await chain.lock(id);
      }
    });
    afterAll(() => chain.stop());

    it.each(FAULTS)("%s: the other one is believed, and it is counted", async (fault) => {
      // Two must agree on a head.
      await start(fault === "stale head" ? 3 : 2, createRandom(SEED));
      proxies[0]?.become({ faultRate: 1, faults: [fault] });
      await runTask({ database, log }, sync([followed]));
      expect((await chainOf(database).cursor(followed))?.blockNumber).toBe(await chain.headBlock());
      if (fault === "other state") await runTask({ database, log }, verify([followed]));
      await expectTrue(fault);
      expect(proxies[0]?.done.get(fault)).toBeGreaterThan(0);
      const kind = COUNTED[fault];
      if (kind) expect(Object.fromEntries(counted)).toHaveProperty(kind);
    });

    // A lone endpoint's word on the contract's state is taken: no header binds it.
    it.each(FAULTS.filter((fault) => fault !== "other state"))("%s: alone, it makes nothing wrong", async (fault) => {
      await start(1, createRandom(SEED));
      proxies[0]?.become({ faultRate: 1, faults: [fault] });
      await runTask({ database, log }, sync([followed])).catch(expectKnown);
      await expectTrue(fault);
      await syncToHead();
      await expectTrue(`${fault}, and then the truth`);
    });
  });

  const stories = MINUTES > 0 ? Math.ceil(MINUTES * STORIES_A_MINUTE) : STORIES;
  it.each(Array.from({ length: stories }, (_, index) => SEED + index))(
    "makes the tables equal to a plain index of the chain, whatever happens (seed %i)",
    async (seed) => {
      chain = await startChain();
      try {
        await tell(seed);
      } finally {
        await chain.stop();
      }
    },
    STORY_LIMIT_MS,
  );

  async function tell(seed: number): Promise<void> {
    const random = createRandom(seed);
    await start(random.int(1, 4), random);
    const story = createStory(chain, random);
    for (let round = 1; round <= ROUNDS; round++) {
      await story.goOn();
      await placeOrders(database, chain.chainId, await indexPlainly(chain, await chain.headBlock()));
      // What no header binds can be told from what others say, and from nothing else.
      const told = FAULTS.filter((fault) => fault !== "all final" && fault !== "other state");
      for (const [index, proxy] of proxies.entries()) {
        proxy.become({ ...hostilityOf(random), faults: index === 0 && proxies.length > 1 ? FAULTS : told });
      }
      const task = random.pick(["resync", "verify", ...Array.from({ length: 5 }, () => "sync" as const)] as const);
      await { sync: syncKilled, resync: resyncKilled, verify: verifyKilled }[task](random).catch(expectKnown);
      await expectTrue(`seed ${seed}, round ${round}, ${task}`);
    }
    await chain.mine();
    await syncToHead();
    await expectTrue(`seed ${seed}, at the end`);
    expect(await strayOrders(database, await indexPlainly(chain, await chain.headBlock()))).toEqual([]);
    expect(await runTask({ database, log }, verify([followed]))).toMatchObject({ corrected: 0, unclear: 0 });
    expect(await runTask({ database, log }, reconcile([followed]))).toMatchObject({ corrected: 0, missingLogs: 0 });
  }

  function hostilityOf(random: Random): Hostility {
    const maxBlocks = random.pick([undefined, undefined, 3, 10]);
    const maxLogs = random.pick([undefined, undefined, 1, 3]);
    return {
      faultRate: random.pick([0, 0.03, 0.1, 0.3]),
      ...(maxBlocks === undefined ? {} : { maxBlocks }),
      ...(maxLogs === undefined ? {} : { maxLogs }),
    };
  }

  function kills(random: Random): Conditions {
    const maybe = () => {
      if (random.chance(0.08)) throw new Killed("killed");
    };
    return { beforeStep: maybe, beforeCommit: maybe, afterCommit: maybe };
  }

  async function syncKilled(random: Random): Promise<void> {
    await runTask({ database, log }, sync([followed]), kills(random));
  }

  async function verifyKilled(random: Random): Promise<void> {
    await runTask({ database, log }, verify([followed]), kills(random));
  }

  async function resyncKilled(random: Random): Promise<void> {
    const cursor = await chainOf(database).cursor(followed);
    if (!cursor || cursor.blockNumber < followed.startBlock) return;
    const fromBlock = random.int(followed.startBlock, cursor.blockNumber + 1);
    await runTask({ database, log }, resync([followed]), { ...kills(random), command: { fromBlock } });
  }
});

/** Failing aloud is right where nothing can be proven; failing otherwise is not. */
function expectKnown(error: unknown): void {
  const isKnown = error instanceof RpcError || error instanceof StaleReadError || error instanceof Killed;
  const isOther = error instanceof PermanentError && /the endpoint serves chain/.test(error.message);
  const isRejected = error instanceof Error && error.name === "CommandRejectedError";
  if (!isKnown && !isOther && !isRejected) throw error;
}
