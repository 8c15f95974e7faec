import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createClock, createDatabase, startRedis, type TestDatabase } from "@vigia/testkit";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { ExecutionNotRunningError } from "./execution.ts";
import { LockLostError } from "./fence.ts";
import { createTracker, type Tracker, type TrackerOptions } from "./tracker.ts";

/** No process has it: it is above what Linux gives out. */
const DEAD_PID = 2 ** 22 + 1;
const elsewhere = { host: "elsewhere", pid: 1, bootId: "other" };

let server: Awaited<ReturnType<typeof startRedis>>;
let database: TestDatabase;
let pool: Pool;
let trackers: Tracker[] = [];

beforeAll(async () => {
  server = await startRedis();
  database = await createDatabase();
  pool = new Pool({ connectionString: database.url, max: 20 });
});
afterEach(async () => {
  await Promise.all(trackers.map((tracker) => tracker.stop()));
  trackers = [];
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await server.stop();
});

async function start(options: Partial<TrackerOptions>): Promise<Tracker> {
  const tracker = createTracker({ service: "testing", ...options });
  trackers.push(tracker);
  await tracker.start();
  return tracker;
}

const kinds = {
  "redis alone": () => ({ redis: server.url }),
  "postgres alone": () => ({ postgres: pool }),
  "redis and postgres": () => ({ redis: server.url, postgres: pool }),
};

describe.each(Object.entries(kinds))("tracker with %s", (_, stores) => {
  it("serves a job that uses it by hand", async () => {
    const tracker = await start(stores());
    const rival = await start({ ...stores(), identity: elsewhere });
    const job = randomUUID();
    const executionId = tracker.generateExecutionId();
    expect(await tracker.acquireJobLock(job, 3600)).toBe(true);
    try {
      expect(await tracker.acquireJobLock(job, 3600)).toBe(false);
      expect(await rival.acquireJobLock(job, 3600)).toBe(false);
      expect(await rival.releaseJobLock(job)).toBe(false);
      expect(await rival.isJobRunning(job)).toBe(true);
      expect(await rival.holder(job)).toMatchObject({ job, owner: tracker.owner, since: expect.any(Date) });
      await tracker.startJob(job, executionId);
      expect(await rival.getLastExecution(job)).toMatchObject({ executionId, status: "running", attempt: 1 });
      const result = { done: 3 };
      await tracker.saveJobState(job, { lastRun: new Date("2030-01-01T00:00:00Z"), result });
      await tracker.completeJob(job, executionId, result, { itemsProcessed: 3 });
    } finally {
      expect(await tracker.releaseJobLock(job)).toBe(true);
    }
    expect(await rival.isJobRunning(job)).toBe(false);
    expect(await rival.getJobState(job)).toEqual({ lastRun: "2030-01-01T00:00:00.000Z", result: { done: 3 } });
    const last = { executionId, status: "completed", result: { done: 3 }, itemsProcessed: 3, instance: tracker.owner };
    expect(await rival.getLastExecution(job)).toMatchObject({ ...last, fence: 1n });
    expect(await rival.acquireJobLock(job, 3600)).toBe(true);
  });

  it("grants one lease at a time to 16 contenders, each with a newer fence", async () => {
    const contenders = await Promise.all(Array.from({ length: 4 }, () => start(stores())));
    const job = randomUUID();
    const fences: bigint[] = [];
    let inside = 0;
    let mostInside = 0;
    async function contend(tracker: Tracker) {
      for (let round = 0; round < 15; round += 1) {
        const lease = await tracker.acquire(job, { ttlSeconds: 60 });
        if (lease === undefined) continue;
        inside += 1;
        mostInside = Math.max(mostInside, inside);
        fences.push(lease.fence);
        await tracker.holder(job);
        inside -= 1;
        await lease.release();
      }
    }
    await Promise.all([...contenders, ...contenders, ...contenders, ...contenders].map(contend));
    expect(mostInside).toBe(1);
    expect(fences.length).toBeGreaterThan(1);
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => Number(a - b)));
  });

  it("takes a dead owner's lock over at once, and leaves a live one's alone", async () => {
    const tracker = await start(stores());
    const cases = [
      ["gone from this host", { pid: DEAD_PID, bootId: "dead" }, true],
      ["its predecessor", { bootId: "before" }, true],
      ["elsewhere, alive", elsewhere, false],
      ["on this host, alive", { pid: process.ppid, bootId: "alive" }, false],
    ] as const;
    for (const [, identity, taken] of cases) {
      const job = randomUUID();
      const other = await start({ ...stores(), identity });
      expect(await other.acquireJobLock(job, 60)).toBe(true);
      expect(await tracker.isJobRunning(job)).toBe(!taken);
      expect(await tracker.acquireJobLock(job, 60)).toBe(taken);
    }
  });

  it("takes a lock over within its lease when the heartbeat of an owner elsewhere ends", async () => {
    const tracker = await start(stores());
    const other = await start({ ...stores(), identity: elsewhere });
    const job = randomUUID();
    await other.acquireJobLock(job, 60);
    expect(await tracker.acquireJobLock(job, 60)).toBe(false);
    const plain = new Redis(server.url, { keyPrefix: "vigia:" });
    await plain.del(`owner:${other.owner}`);
    await plain.quit();
    await pool.query("UPDATE vigia.owners SET expires_at = now() WHERE owner = $1", [other.owner]);
    expect(await tracker.acquireJobLock(job, 60)).toBe(true);
  });

  it("lets a hand-held lock go at its time, though the process lives", async () => {
    const tracker = await start({ ...stores(), leaseMs: 900, renewMs: 300 });
    const job = randomUUID();
    const lease = await tracker.acquire(job, { ttlSeconds: 2 });
    if (lease === undefined) throw new Error("not taken");
    await once(lease.lost, "abort");
    expect(await tracker.releaseJobLock(job)).toBe(false);
  });

  it("recovers what dead owners of its service left, and nothing else", async () => {
    const service = `service-${randomUUID().slice(0, 8)}`;
    const tracker = await start({ ...stores(), service });
    const left: [string, Partial<TrackerOptions>][] = [
      ["dead", { service, identity: { pid: DEAD_PID, bootId: "dead" } }],
      ["alive", { service, identity: elsewhere }],
      ["another-service", { service: "another", identity: { pid: DEAD_PID, bootId: "dead" } }],
    ];
    const jobs = new Map<string, string>();
    for (const [name, options] of left) {
      const job = `${name}-${randomUUID()}`;
      jobs.set(name, job);
      const other = await start({ ...stores(), ...options });
      await other.acquireJobLock(job, 60);
      await other.startJob(job, other.generateExecutionId());
    }
    const mine = randomUUID();
    await tracker.startJob(mine, tracker.generateExecutionId());

    const recovered = await tracker.recover();
    expect(recovered).toMatchObject([
      { job: jobs.get("dead"), status: "recovered", error: { message: expect.any(String) } },
    ]);
    expect(await tracker.recover()).toEqual([]);
    const seen = async (job: string) => [await tracker.holder(job), (await tracker.getLastExecution(job))?.status];
    expect(await seen(jobs.get("dead") ?? "")).toEqual([undefined, "recovered"]);
    expect(await seen(jobs.get("alive") ?? "")).toEqual([expect.anything(), "running"]);
    expect(await seen(jobs.get("another-service") ?? "")).toEqual([expect.anything(), "running"]);
    expect((await tracker.getLastExecution(mine))?.status).toBe("running");
  });

  it("records failures, interruptions, cancellations and skips, and refuses an end without a start", async () => {
    const clock = createClock();
    const tracker = await start({ ...stores(), clock });
    const job = randomUUID();
    const ids = Array.from({ length: 4 }, () => tracker.generateExecutionId());
    const [failed = "", interrupted = "", cancelled = "", skipped = ""] = ids;
    await tracker.startJob(job, failed, { attempt: 2, messageId: "m", trigger: "command", fence: 9n });
    clock.advance(1_500);
    await tracker.failJob(job, failed, new Error("outer", { cause: new Error("inner") }), { itemsProcessed: 1 });
    await tracker.startJob(job, interrupted);
    await tracker.interruptJob(job, interrupted, new Error("stopping"));
    clock.advance(1);
    await tracker.startJob(job, cancelled);
    await tracker.cancelJob(job, cancelled, new Error("by command c"));
    clock.advance(1);
    await tracker.skipJob(job, skipped, "the last one still runs", { trigger: "schedule" });

    const executions = await tracker.getExecutions(job);
    expect(executions[0]).toMatchObject({ status: "skipped", error: { message: "the last one still runs" } });
    expect(executions[1]).toMatchObject({ status: "cancelled", error: { message: "by command c" } });
    expect(executions[2]).toMatchObject({ status: "recovered", error: { message: "stopping" } });
    expect(executions[3]).toMatchObject({
      ...{ executionId: failed, status: "failed", durationMs: 1_500, attempt: 2, messageId: "m", trigger: "command" },
      ...{ fence: 9n, itemsProcessed: 1, error: { message: "outer", stack: expect.stringContaining("inner") } },
    });
    for (const executionId of [...ids, "never-started"]) {
      await expect(tracker.completeJob(job, executionId)).rejects.toThrow(ExecutionNotRunningError);
    }
  });

  it("pages through a job's executions", async () => {
    const clock = createClock();
    const tracker = await start({ ...stores(), clock });
    const job = randomUUID();
    const ids = Array.from({ length: 5 }, () => tracker.generateExecutionId());
    for (const id of ids) {
      clock.advance(10);
      await tracker.startJob(job, id);
    }
    const first = await tracker.getExecutions(job, { limit: 2 });
    const second = await tracker.getExecutions(job, { limit: 2, ...(first[1] && { before: first[1] }) });
    const third = await tracker.getExecutions(job, { limit: 2, ...(second[1] && { before: second[1] }) });
    expect([first, second, third].flat().map(({ executionId }) => executionId)).toEqual(ids.toReversed());
  });

  it("stops once, twice or before its start, and frees what it held", async () => {
    const unstarted = createTracker({ service: "testing", ...stores() });
    await unstarted.stop();
    await unstarted.stop();
    await expect(unstarted.start()).rejects.toThrow("stopped");
    await expect(createTracker({ service: "testing", ...stores() }).holder("x")).rejects.toThrow("not started");

    const [tracker, other] = [await start(stores()), await start(stores())];
    await tracker.start();
    const job = randomUUID();
    await tracker.acquireJobLock(job, 60);
    await Promise.all([tracker.stop(), tracker.stop()]);
    expect(await other.holder(job)).toBeUndefined();
    await expect(tracker.acquireJobLock(job, 60)).rejects.toThrow("stopped");
  });
});

describe("tracker with postgres", () => {
  it("refuses a stale fence, and writes history with the caller's transaction or not at all", async () => {
    const tracker = await start(kinds["redis and postgres"]());
    const job = randomUUID();
    const old = await tracker.acquire(job, { ttlSeconds: 60 });
    await old?.release();
    const lease = await tracker.acquire(job, { ttlSeconds: 60 });
    if (old === undefined || lease === undefined) throw new Error("not taken");
    await expect(tracker.assertFence(pool, job, old.fence)).rejects.toThrow(LockLostError);
    await expect(tracker.assertFence(pool, job, lease.fence + 1n)).rejects.toThrow(LockLostError);
    await expect(tracker.assertFence(pool, randomUUID(), 1n)).rejects.toThrow(LockLostError);
    await tracker.assertFence(pool, job, lease.fence);

    const executionId = tracker.generateExecutionId();
    await tracker.startJob(job, executionId);
    const within = await pool.connect();
    await within.query("BEGIN");
    await tracker.completeJob(job, executionId, undefined, { within });
    await within.query("ROLLBACK");
    expect((await tracker.getLastExecution(job))?.status).toBe("running");
    await within.query("BEGIN");
    await tracker.completeJob(job, executionId, undefined, { within });
    await within.query("COMMIT");
    within.release();
    expect(await tracker.getLastExecution(job)).toMatchObject({ status: "completed", fence: lease.fence });
  });
});

describe("tracker options", () => {
  it("must name a store and leave time to renew", () => {
    expect(() => createTracker({ service: "testing" })).toThrow("redis, postgres, or both");
    expect(() => createTracker({ service: "testing", redis: server.url, leaseMs: 1, renewMs: 1 })).toThrow("renewMs");
  });
});
