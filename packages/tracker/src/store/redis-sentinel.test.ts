import { randomUUID } from "node:crypto";
import { createDatabase, eventually, startRedisSentinelSet, type TestDatabase } from "@vigia/testkit";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { silentLog } from "../log.ts";
import { createTracker, type Tracker } from "../tracker.ts";
import { describeStore } from "./conformance.ts";
import { createRedisStore, type RedisStore } from "./redis-store.ts";

let set: Awaited<ReturnType<typeof startRedisSentinelSet>>;
let url: string;

beforeAll(async () => {
  set = await startRedisSentinelSet();
  url = `redis-sentinel://${set.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/0?master=${set.name}`;
});
afterAll(() => set.stop());

describe("redis store behind sentinels", () => {
  let store: RedisStore;

  beforeEach(async () => {
    const clock = { now: () => new Date() };
    const reports = { onDegraded() {}, onRestored() {} };
    store = createRedisStore({ where: { url }, commandTimeoutMs: 500, clock, log: silentLog, ...reports });
    await store.open();
  });
  afterEach(() => store.close());

  describeStore(() => store);
});

describe("tracker, when the master is killed", () => {
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

  it("goes on at once, lets nobody else have its locks, and follows the sentinels to the new master", async () => {
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
    await set.master.kill();

    // Jobs run all through the election, one holder each.
    let startedAtMs = performance.now();
    let slowestMs = 0;
    while (!events.includes("restored")) {
      const other = randomUUID();
      const takings = await Promise.all([tracker, rival].map((one) => one.acquireJobLock(other, 60)));
      expect(takings.filter(Boolean)).toHaveLength(1);
      expect(await rival.acquireJobLock(job, 60)).toBe(false);
      expect(lease?.isHeld()).toBe(true);
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
      startedAtMs = performance.now();
    }
    expect(slowestMs).toBeLessThan(4_000);
    expect(events).toEqual(["degraded", "restored"]);

    const plain = new Redis(set.replica.url);
    await eventually(async () => (await plain.get(`vigia:lock:${job}`))?.includes(tracker.owner) === true);
    await plain.quit();
    await tracker.assertFence(pool, job, lease?.fence ?? 0n);
    await lease?.release();
    expect((await rival.acquire(job, { ttlSeconds: 60 }))?.fence).toBe((lease?.fence ?? 0n) + 1n);

    // The old master comes back as a replica, and nobody is led to it.
    await set.master.restart();
    expect(await tracker.acquireJobLock(randomUUID(), 60)).toBe(true);
  });
});
