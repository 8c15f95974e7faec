import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createDatabase, eventually, startRedis, type TestDatabase } from "@vigia/testkit";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { createTracker, type Tracker, type TrackerOptions } from "./tracker.ts";

const elsewhere = { host: "elsewhere", pid: 1, bootId: "other" };
const QUICK = { leaseMs: 3_000, renewMs: 1_000, commandTimeoutMs: 400 };

let server: Awaited<ReturnType<typeof startRedis>>;
let database: TestDatabase;
let pool: Pool;
let trackers: Tracker[] = [];
let events: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  pool = new Pool({ connectionString: database.url });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  server = await startRedis();
  events = [];
});
afterEach(async () => {
  await Promise.all(trackers.map((tracker) => tracker.stop()));
  trackers = [];
  await server.stop();
});

async function start(options: Partial<TrackerOptions> = {}): Promise<Tracker> {
  const tracker = createTracker({ service: "testing", redis: server.url, postgres: pool, ...QUICK, ...options });
  trackers.push(tracker);
  await tracker.start();
  return tracker;
}

const reports = {
  onDegraded: () => events.push("degraded"),
  onRestored: () => events.push("restored"),
};

/** Everything that a job does, and how long the slowest call and all together took. */
async function runJob(tracker: Tracker, job = randomUUID()) {
  let slowestMs = 0;
  const begunAtMs = performance.now();
  async function timed<T>(call: Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    const value = await call;
    slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    return value;
  }
  const executionId = tracker.generateExecutionId();
  expect(await timed(tracker.acquireJobLock(job, 60))).toBe(true);
  await timed(tracker.startJob(job, executionId));
  await timed(tracker.saveJobState(job, { executionId }));
  expect(await timed(tracker.getJobState(job))).toEqual({ executionId });
  await timed(tracker.completeJob(job, executionId));
  expect(await timed(tracker.getLastExecution(job))).toMatchObject({ status: "completed" });
  expect(await timed(tracker.releaseJobLock(job))).toBe(true);
  return { slowestMs, totalMs: performance.now() - begunAtMs };
}

/** A way to Redis that can forget its connections: they stay open and nothing passes any more. New ones work. */
async function startNetwork(port: number) {
  const sockets: Socket[] = [];
  const way = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => socket.destroy());
    sockets.push(near, far);
  });
  way.listen(0, "127.0.0.1");
  await once(way, "listening");
  return {
    url: `redis://127.0.0.1:${(way.address() as AddressInfo).port}`,
    forgetConnections() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      way.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe("tracker, when redis fails", () => {
  it("goes on when redis is killed in mid lease, loses nothing, and returns by itself", async () => {
    const tracker = await start(reports);
    const rival = await start({ identity: elsewhere });
    const job = randomUUID();
    const lease = await tracker.acquire(job, { ttlSeconds: 60 });
    if (lease === undefined) throw new Error("not taken");
    await server.kill();

    expect((await runJob(tracker)).slowestMs).toBeLessThan(2_000);
    expect(events).toEqual(["degraded"]);
    expect(await rival.acquire(job, { ttlSeconds: 60 })).toBeUndefined();
    const untilMs = performance.now() + 1.5 * QUICK.leaseMs;
    await eventually(() => performance.now() > untilMs);
    expect(lease.isHeld()).toBe(true);
    expect(await rival.acquire(job, { ttlSeconds: 60 })).toBeUndefined();

    await server.restart();
    await eventually(() => events.includes("restored"), { timeoutMs: 5_000 });
    expect(events).toEqual(["degraded", "restored"]);
    const plain = new Redis(server.url, { keyPrefix: "vigia:" });
    await eventually(async () => (await plain.get(`lock:${job}`))?.includes(tracker.owner) === true);
    await runJob(tracker);
    expect(lease.isHeld()).toBe(true);
    expect(await rival.acquire(job, { ttlSeconds: 60 })).toBeUndefined();
    await tracker.assertFence(pool, job, lease.fence);
    await lease.release();
    await eventually(async () => (await plain.exists(`lock:${job}`)) === 0);
    expect((await rival.acquire(job, { ttlSeconds: 60 }))?.fence).toBe(lease.fence + 1n);
    await plain.quit();
  });

  it("does not hang when redis is frozen", async () => {
    const tracker = await start(reports);
    const job = randomUUID();
    const lease = await tracker.acquire(job, { ttlSeconds: 60 });
    await server.pause();
    expect((await runJob(tracker)).slowestMs).toBeLessThan(2_000);
    // With the circuit open nothing waits for redis any more; it would be 400 ms in each of seven calls.
    expect((await runJob(tracker)).totalMs).toBeLessThan(1_500);
    expect(events).toEqual(["degraded"]);
    const untilMs = performance.now() + 1.5 * QUICK.leaseMs;
    await eventually(() => performance.now() > untilMs);
    expect(lease?.isHeld()).toBe(true);
    await server.resume();
    await eventually(() => events.includes("restored"), { timeoutMs: 5_000 });
    expect(lease?.isHeld()).toBe(true);
    await runJob(tracker);
  });

  it("starts while redis is away, and uses it when it comes", async () => {
    await server.kill();
    const tracker = await start(reports);
    await runJob(tracker);
    await server.restart();
    await eventually(() => events.includes("restored"), { timeoutMs: 5_000 });
    expect(events).toEqual(["degraded", "restored"]);
    await runJob(tracker);
  });

  it("starts while redis is frozen", async () => {
    await server.pause();
    const tracker = await start(reports);
    await runJob(tracker);
    await server.resume();
    await eventually(() => events.includes("restored"), { timeoutMs: 5_000 });
  });

  it("makes a new connection when the old one is dead without a word", async () => {
    const network = await startNetwork(server.port);
    const tracker = await start({ ...reports, redis: network.url });
    network.forgetConnections();
    await runJob(tracker);
    await eventually(() => events.includes("restored"), { timeoutMs: 5_000 });
    expect(events).toEqual(["degraded", "restored"]);
    await runJob(tracker);
    await tracker.stop();
    network.close();
  });

  it("takes redis at its word that it is out of memory, though it does some things still", async () => {
    const tracker = await start(reports);
    const plain = new Redis(server.url);
    await plain.config("SET", "maxmemory", "1");
    const lease = await tracker.acquire(randomUUID(), { ttlSeconds: 60 });
    await lease?.release();
    expect(events).toEqual(["degraded"]);
    await plain.quit();
  });

  it("keeps its leases when redis is flushed, and nobody else gets them", async () => {
    const tracker = await start(reports);
    const rival = await start({ identity: elsewhere });
    const job = randomUUID();
    const lease = await tracker.acquire(job, { ttlSeconds: 60 });
    const plain = new Redis(server.url, { keyPrefix: "vigia:" });
    await plain.flushall();
    expect(await rival.acquire(job, { ttlSeconds: 60 })).toBeUndefined();
    await eventually(async () => (await plain.get(`lock:${job}`))?.includes(tracker.owner) === true);
    expect(lease?.isHeld()).toBe(true);
    await plain.quit();
  });

  it("refuses the second of two that see redis differently", async () => {
    const tracker = await start();
    const blind = await start({ redis: "redis://127.0.0.1:1", identity: elsewhere });
    const [first, second] = [randomUUID(), randomUUID()];
    expect(await tracker.acquireJobLock(first, 60)).toBe(true);
    expect(await blind.acquireJobLock(first, 60)).toBe(false);
    expect(await blind.acquireJobLock(second, 60)).toBe(true);
    expect(await tracker.acquireJobLock(second, 60)).toBe(false);
  });
});

describe("tracker with redis alone, when redis fails", () => {
  it("fails fast, and works again when redis is back", async () => {
    const tracker = createTracker({ service: "testing", redis: server.url, ...QUICK, ...reports });
    trackers.push(tracker);
    await tracker.start();
    await server.pause();
    const startedAtMs = performance.now();
    await expect(tracker.acquireJobLock("job", 60)).rejects.toThrow();
    await expect(tracker.acquireJobLock("job", 60)).rejects.toThrow();
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
    await server.resume();
    await eventually(() => events.includes("restored"), { timeoutMs: 5_000 });
    await eventually(() => tracker.acquireJobLock("job", 60));
  });

  it("does not start without it", async () => {
    await server.kill();
    const tracker = createTracker({ service: "testing", redis: server.url, ...QUICK });
    await expect(tracker.start()).rejects.toThrow();
    await tracker.stop();
  });
});
