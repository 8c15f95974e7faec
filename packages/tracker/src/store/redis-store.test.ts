import { startRedis } from "@vigia/testkit";
import { Redis } from "ioredis";
import { silentLog } from "../log.ts";
import { describeStore, newClaim } from "./conformance.ts";
import { createRedisConnection, probeRedis } from "./redis-connection.ts";
import { createRedisStore, type RedisStore } from "./redis-store.ts";

let server: Awaited<ReturnType<typeof startRedis>>;
let store: RedisStore;
let warnings: string[];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

beforeEach(async () => {
  warnings = [];
  store = createRedisStore({
    where: { url: server.url },
    commandTimeoutMs: 500,
    clock: { now: () => new Date() },
    log: { ...silentLog, warn: (_, message) => warnings.push(message) },
    onDegraded() {},
    onRestored() {},
  });
  await store.open();
});
afterEach(() => store.close());

describe("redis store", () => {
  describeStore(() => store);

  it("keeps everything under its own prefix, and nothing but counters and running executions for ever", async () => {
    const plain = new Redis(server.url);
    await plain.flushall();
    await store.take(newClaim("my-job"), 5_000);
    await store.saveState("my-job", { state: 1, savedAt: new Date() }, 5_000);
    const keys = await plain.keys("*");
    expect(keys.sort()).toEqual(["vigia:fence:my-job", "vigia:lock:my-job", "vigia:state:my-job"]);
    expect(await plain.pttl("vigia:lock:my-job")).toBeGreaterThan(0);
    expect(await plain.pttl("vigia:state:my-job")).toBeGreaterThan(0);
    await plain.quit();
  });

  it("sends its scripts once, and again to a redis that has forgotten them", async () => {
    const plain = new Redis(server.url);
    const sentWhole = async () => Number(/^cmdstat_eval:calls=(\d+)/m.exec(await plain.info("commandstats"))?.[1] ?? 0);
    const pair = async () => {
      const claim = newClaim("scripts");
      expect(await store.take(claim, 5_000)).toMatchObject({ outcome: "taken" });
      expect(await store.release(claim)).toBe(true);
    };
    await pair();
    const before = await sentWhole();
    await pair();
    expect(await sentWhole()).toBe(before);
    await plain.script("FLUSH");
    await pair();
    await plain.quit();
  });

  it("is unwell for a user who may write, and may not call scripts by their digest, as locks are taken", async () => {
    const plain = new Redis(server.url);
    await plain.acl("SETUSER", "may-not-call", "on", ">secret", "~vigia:*", "+@all", "-evalsha");
    const redis = createRedisConnection({ url: server.url.replace("redis://", "redis://may-not-call:secret@") }, 500);
    await redis.connect();
    // A connection's first call sends a script whole.
    await probeRedis(redis);
    await expect(probeRedis(redis)).rejects.toThrow(/^NOPERM.*evalsha/);
    redis.disconnect();
    await plain.quit();
  });

  it("says so when redis evicts or has no AOF", async () => {
    expect(warnings).toEqual([]);
    const plain = new Redis(server.url);
    await plain.config("SET", "appendonly", "no");
    await plain.config("SET", "maxmemory-policy", "allkeys-lru");
    await store.close();
    const other = createRedisStore({
      where: { url: server.url },
      commandTimeoutMs: 500,
      clock: { now: () => new Date() },
      log: { ...silentLog, warn: (_, message) => warnings.push(message) },
      onDegraded() {},
      onRestored() {},
    });
    await other.open();
    await other.close();
    await plain.config("SET", "appendonly", "yes");
    await plain.config("SET", "maxmemory-policy", "noeviction");
    await plain.quit();
    expect(warnings).toEqual([expect.stringContaining("no AOF"), expect.stringContaining("evicts")]);
  });
});
