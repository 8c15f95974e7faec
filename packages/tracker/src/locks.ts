import { randomUUID } from "node:crypto";
import { keepLease, type Lease } from "./lease.ts";
import type { Log } from "./log.ts";
import { formatOwner, type Owner } from "./owner.ts";
import { isOwnerDead } from "./recovery.ts";
import type { Claim, Holder, TrackerStore } from "./store/store.ts";

export interface Locks {
  acquire(job: string, ttlSeconds: number): Promise<Lease | undefined>;
  holder(job: string): Promise<Holder | undefined>;
  isRunning(job: string): Promise<boolean>;
  /** The lease that this process has on the job. */
  held(job: string): Lease | undefined;
  /** Releases everything and grants nothing more. */
  close(): Promise<void>;
}

export interface LocksOptions {
  readonly store: TrackerStore;
  readonly self: Owner;
  readonly clock: { now(): Date };
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly log: Log;
}

/** One to find a dead owner's lock, one to take it. */
const TAKE_ATTEMPTS = 2;

/** The locks of one process: takes them, keeps them, and knows which it has. */
export function createLocks({ store, self, clock, leaseMs, renewMs, log }: LocksOptions): Locks {
  const owner = formatOwner(self);
  const leases = new Map<string, Lease>();
  const monotonicMs = () => performance.now();
  let closed = false;

  async function acquire(job: string, ttlSeconds: number): Promise<Lease | undefined> {
    if (!(ttlSeconds > 0)) throw new Error(`a lock cannot be taken for ${ttlSeconds} seconds`);
    const ttlMs = ttlSeconds * 1_000;
    for (let attempt = 1; attempt <= TAKE_ATTEMPTS; attempt += 1) {
      const claim = { job, owner, token: randomUUID(), since: clock.now() };
      const askedAtMs = monotonicMs();
      const grantMs = Math.min(leaseMs, ttlMs);
      const taking = await takeOrGiveBack(claim, grantMs);
      if (taking.outcome === "busy") return undefined;
      if (taking.outcome === "taken") {
        return keep(claim, taking.fence, { provenUntilMs: askedAtMs + grantMs, endsAtMs: askedAtMs + ttlMs });
      }
      if (!(await freeIfOrphaned(taking.holder))) return undefined;
    }
    return undefined;
  }

  async function takeOrGiveBack(claim: Claim, grantMs: number) {
    try {
      return await store.take(claim, grantMs);
    } catch (error) {
      // Without an answer the store may have granted it all the same; others should not wait for that lease to end.
      await store.release(claim).catch(() => undefined);
      throw error;
    }
  }

  async function freeIfOrphaned(holder: Holder | undefined): Promise<boolean> {
    if (holder === undefined || !(await isOwnerDead(store, self, holder.owner))) return false;
    await store.release(holder);
    log.warn({ job: holder.job, owner: holder.owner }, "lock of a dead owner freed");
    return true;
  }

  async function keep(claim: Claim, fence: bigint, until: { provenUntilMs: number; endsAtMs: number }) {
    const { job } = claim;
    const onEnd = () => {
      if (leases.get(job) === lease) leases.delete(job);
    };
    const lease: Lease = keepLease({ claim, fence, ...until, store, leaseMs, renewMs, monotonicMs, log, onEnd });
    if (!closed && lease.isHeld()) {
      leases.set(job, lease);
      return lease;
    }
    await lease.release();
    return undefined;
  }

  return {
    acquire,
    holder: (job) => store.holder(job),
    async isRunning(job) {
      const holder = await store.holder(job);
      return holder !== undefined && !(await isOwnerDead(store, self, holder.owner));
    },
    held: (job) => leases.get(job),
    async close() {
      closed = true;
      await Promise.all([...leases.values()].map((lease) => lease.release()));
    },
  };
}
