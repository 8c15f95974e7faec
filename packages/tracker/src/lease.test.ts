import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { eventually, startRedis } from "@vigia/testkit";
import { LockLostError } from "./fence.ts";
import { keepLease, type Lease } from "./lease.ts";
import { silentLog } from "./log.ts";
import { newClaim } from "./store/conformance.ts";
import { createRedisStore, type RedisStore } from "./store/redis-store.ts";
import type { Claim, TrackerStore } from "./store/store.ts";

const LEASE_MS = 1_000;
const RENEW_MS = 200;

let server: Awaited<ReturnType<typeof startRedis>>;
let store: RedisStore;
let lease: Lease | undefined;

beforeAll(async () => {
  server = await startRedis();
  const clock = { now: () => new Date() };
  const events = { onDegraded() {}, onRestored() {} };
  store = createRedisStore({ where: { url: server.url }, commandTimeoutMs: 500, clock, log: silentLog, ...events });
  await store.open();
});
afterEach(() => lease?.release());
afterAll(async () => {
  await store.close();
  await server.stop();
});

async function take(through: TrackerStore = store, ttlMs = 60_000): Promise<[Lease, Claim]> {
  const claim = newClaim(randomUUID());
  const askedAtMs = performance.now();
  const taking = await store.take(claim, Math.min(LEASE_MS, ttlMs));
  if (taking.outcome !== "taken") throw new Error("not taken");
  lease = keepLease({
    claim,
    fence: taking.fence,
    store: through,
    provenUntilMs: askedAtMs + LEASE_MS,
    endsAtMs: askedAtMs + ttlMs,
    leaseMs: LEASE_MS,
    renewMs: RENEW_MS,
    monotonicMs: () => performance.now(),
    log: silentLog,
    onEnd() {},
  });
  return [lease, claim];
}

function blockEventLoop(ms: number) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("lease", () => {
  it("is renewed past its lease time for as long as the process lives", async () => {
    const renewals: number[] = [];
    const [held, claim] = await take({
      ...store,
      renew(asked, leaseMs) {
        renewals.push(leaseMs);
        return store.renew(asked, leaseMs);
      },
    });
    const until = performance.now() + 3 * LEASE_MS;
    await eventually(() => renewals.length > 8 && performance.now() > until);
    expect(held.isHeld()).toBe(true);
    expect(held.lost.aborted).toBe(false);
    expect(await store.holder(claim.job)).toMatchObject(claim);
  });

  it("is lost when the lock was taken away", async () => {
    const [held, claim] = await take();
    await store.release(claim);
    await once(held.lost, "abort");
    expect(held.lost.reason).toBeInstanceOf(LockLostError);
    expect(held.lost.reason).toMatchObject({ job: claim.job, message: expect.stringContaining("taken away") });
    expect(held.isHeld()).toBe(false);
  });

  it("is lost when it can't be renewed before its end, and not before", async () => {
    const [held] = await take({ ...store, renew: () => Promise.reject(new Error("away")) });
    const startedAtMs = performance.now();
    await once(held.lost, "abort");
    expect(performance.now() - startedAtMs).toBeGreaterThan(LEASE_MS / 2);
    expect(performance.now() - startedAtMs).toBeLessThan(LEASE_MS * 2);
    expect(held.lost.reason).toMatchObject({ message: expect.stringContaining("not renewed") });
  });

  it("is lost when a renewal hangs", async () => {
    const [held] = await take({ ...store, renew: () => new Promise(() => {}) });
    await once(held.lost, "abort");
  });

  it("survives renewals that fail for less than its lease", async () => {
    let failures = 0;
    const [held] = await take({
      ...store,
      renew(claim, leaseMs) {
        failures += 1;
        return failures % 2 ? Promise.reject(new Error("away")) : store.renew(claim, leaseMs);
      },
    });
    await eventually(() => failures > 8);
    expect(held.isHeld()).toBe(true);
  });

  it("knows that it is lost in the instant after the event loop was blocked", async () => {
    const [held] = await take();
    blockEventLoop(LEASE_MS + 50);
    expect(held.lost.aborted).toBe(false);
    expect(held.isHeld()).toBe(false);
    expect(held.lost.aborted).toBe(true);
  });

  it("says so by itself after the event loop was blocked, and does not renew what it lost", async () => {
    let renewals = 0;
    const [held] = await take({
      ...store,
      renew(claim, leaseMs) {
        renewals += 1;
        return store.renew(claim, leaseMs);
      },
    });
    blockEventLoop(LEASE_MS + 50);
    await once(held.lost, "abort");
    expect(renewals).toBe(0);
  });

  it("ends at the time that was asked for, renewed or not", async () => {
    const ttlMs = 2_500;
    const startedAtMs = performance.now();
    const [held, claim] = await take(store, ttlMs);
    await once(held.lost, "abort");
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(ttlMs - 5);
    expect(held.lost.reason).toMatchObject({ message: expect.stringContaining("its time is over") });
    await eventually(async () => (await store.holder(claim.job)) === undefined, { timeoutMs: LEASE_MS / 2 });
  });

  it("is gone after its release, twice or not, without a loss", async () => {
    const [held, claim] = await take();
    await Promise.all([held.release(), held.release()]);
    expect(await store.holder(claim.job)).toBeUndefined();
    expect(held.isHeld()).toBe(false);
    expect(held.lost.aborted).toBe(false);
  });

  it("is not brought back by a renewal that was under way", async () => {
    let arrived = () => {};
    const renewing = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const [held, claim] = await take({
      ...store,
      async renew(asked, leaseMs) {
        arrived();
        await new Promise((resolve) => setImmediate(resolve));
        await store.take(asked, leaseMs);
        return true;
      },
    });
    await renewing;
    await held.release();
    expect(await store.holder(claim.job)).toBeUndefined();
  });
});
