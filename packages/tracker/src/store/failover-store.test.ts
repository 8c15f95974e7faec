import { createDatabase, startRedis, type TestDatabase } from "@vigia/testkit";
import { Pool } from "pg";
import { silentLog } from "../log.ts";
import { describeStore, newClaim } from "./conformance.ts";
import { createFailoverStore } from "./failover-store.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { createRedisStore, type RedisStore } from "./redis-store.ts";
import type { TrackerStore } from "./store.ts";

let server: Awaited<ReturnType<typeof startRedis>>;
let database: TestDatabase;
let pool: Pool;
let redis: RedisStore;
let postgres: TrackerStore;
let store: TrackerStore;

beforeAll(async () => {
  server = await startRedis();
  database = await createDatabase();
  pool = new Pool({ connectionString: database.url });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await server.stop();
});

async function open() {
  const clock = { now: () => new Date() };
  const events = { onDegraded() {}, onRestored() {} };
  redis = createRedisStore({ where: { url: server.url }, commandTimeoutMs: 300, clock, log: silentLog, ...events });
  postgres = createPostgresStore({ sql: pool, timeoutMs: 3_000 });
  store = createFailoverStore({ redis, postgres, log: silentLog });
  await store.open();
}

describe("fail-over store, both well", () => {
  beforeAll(open);
  afterAll(() => store.close());

  describeStore(() => store);

  it("keeps every lock in both", async () => {
    const claim = newClaim("both");
    await store.take(claim, 60_000);
    expect(await redis.holder("both")).toMatchObject(claim);
    expect(await postgres.holder("both")).toMatchObject(claim);
  });

  it("gives back in redis what postgres refuses", async () => {
    await postgres.take(newClaim("refused"), 60_000);
    expect(await store.take(newClaim("refused"), 60_000)).toMatchObject({ outcome: "held" });
    expect(await redis.holder("refused")).toBeUndefined();
  });

  it("puts back in redis a lock that redis forgot", async () => {
    const claim = newClaim("forgotten");
    await store.take(claim, 60_000);
    await redis.release(claim);
    expect(await store.renew(claim, 60_000)).toBe(true);
    expect(await redis.holder("forgotten")).toMatchObject(claim);
  });

  it("is lost when postgres says so, whatever redis says", async () => {
    const claim = newClaim("lost");
    await store.take(claim, 60_000);
    await postgres.release(claim);
    expect(await store.renew(claim, 60_000)).toBe(false);
  });

  it("takes the newest state of the two", async () => {
    await redis.saveState("newest", { state: "older", savedAt: new Date(1_000) }, 60_000);
    await postgres.saveState("newest", { state: "newer", savedAt: new Date(2_000) }, 60_000);
    expect((await store.getState("newest"))?.state).toBe("newer");
    await redis.saveState("newest", { state: "newest", savedAt: new Date(3_000) }, 60_000);
    expect((await store.getState("newest"))?.state).toBe("newest");
  });

  it("keeps leases in redis alone while postgres is away, but grants none", async () => {
    const broken = createPostgresStore({ sql: { query: () => Promise.reject(new Error("away")) }, timeoutMs: 1_000 });
    const half = createFailoverStore({ redis, postgres: broken, log: silentLog });
    const claim = newClaim("half");
    await store.take(claim, 60_000);
    expect(await half.renew(claim, 60_000)).toBe(true);
    expect(await half.holder("half")).toMatchObject(claim);
    await expect(half.take(newClaim("none"), 60_000)).rejects.toThrow("away");
    expect(await redis.holder("none")).toBeUndefined();
  });
});

describe("fail-over store, redis gone", () => {
  beforeAll(async () => {
    await open();
    await server.kill();
  });
  afterAll(async () => {
    await store.close();
    await server.restart();
  });

  describeStore(() => store);
});

describe("fail-over store, redis hanging", () => {
  beforeAll(async () => {
    await open();
    await server.pause();
  });
  afterAll(async () => {
    await store.close();
    await server.resume();
  });

  describeStore(() => store);
});
