import { randomUUID } from "node:crypto";
import { createDatabase, eventually, startRedisCluster, type TestDatabase } from "@vigia/testkit";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { silentLog } from "../log.ts";
import { createTracker, type Tracker } from "../tracker.ts";
import { describeStore, newClaim } from "./conformance.ts";
import { createRedisStore, type RedisStore } from "./redis-store.ts";

const OURS = "{vigia}:probe";

let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
let url: string;

beforeAll(async () => {
  cluster = await startRedisCluster();
  url = `redis-cluster://${cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
});
afterAll(() => cluster.stop());

describe("redis store in a cluster", () => {
  let store: RedisStore;

  beforeEach(async () => {
    const clock = { now: () => new Date() };
    const reports = { onDegraded() {}, onRestored() {} };
    store = createRedisStore({ where: { url }, commandTimeoutMs: 500, clock, log: silentLog, ...reports });
    await store.open();
  });
  afterEach(() => store.close());

  describeStore(() => store);

  it("keeps everything on one node, under its hash tag", async () => {
    await store.take(newClaim("my-job"), 5_000);
    await store.saveState("my-job", { state: 1, savedAt: new Date() }, 5_000);
    const ours = await cluster.nodeOf(OURS);
    for (const node of cluster.nodes) {
      const plain = new Redis(node.url);
      const keys = await plain.keys("*");
      if (node === ours) expect(keys).toEqual(expect.arrayContaining(["{vigia}:lock:my-job", "{vigia}:state:my-job"]));
      else expect(keys).toEqual([]);
      await plain.quit();
    }
  });
});

describe("tracker, when the cluster's node with its keys is killed", () => {
  let database: TestDatabase;
  let pool: Pool;
  const trackers: Tracker[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await Promise.all(trackers.map((tracker) => tracker.stop()));
    await pool.end();
    await database.drop();
  });

  it("goes on with postgres, lets nobody else have its locks, and returns", async () => {
    const events: string[] = [];
    const start = async (host: string) => {
      const identity = { host, pid: 1, bootId: host };
      const reports = { onDegraded: () => events.push("degraded"), onRestored: () => events.push("restored") };
      const options = { service: "testing", redis: url, postgres: pool, commandTimeoutMs: 400, identity };
      const tracker = createTracker({ ...options, ...(host === "here" ? reports : {}) });
      trackers.push(tracker);
      await tracker.start();
      return tracker;
    };
    const [tracker, rival] = [await start("here"), await start("elsewhere")];
    const job = randomUUID();
    const lease = await tracker.acquire(job, { ttlSeconds: 60 });
    const node = await cluster.nodeOf(OURS);
    await node.kill();

    for (const other of [randomUUID(), randomUUID()]) {
      const startedAtMs = performance.now();
      expect(await tracker.acquireJobLock(other, 60)).toBe(true);
      expect(await rival.acquireJobLock(other, 60)).toBe(false);
      expect(performance.now() - startedAtMs).toBeLessThan(4_000);
    }
    expect(events).toEqual(["degraded"]);
    expect(await rival.acquireJobLock(job, 60)).toBe(false);
    expect(lease?.isHeld()).toBe(true);

    await node.restart();
    await eventually(() => events.includes("restored"), { timeoutMs: 15_000 });
    expect(events).toEqual(["degraded", "restored"]);
    expect(await rival.acquireJobLock(job, 60)).toBe(false);
    expect(lease?.isHeld()).toBe(true);
    expect(await tracker.acquireJobLock(randomUUID(), 60)).toBe(true);
  });
});
