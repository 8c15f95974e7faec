import { bounded } from "./bounded.ts";
import { createExpiry } from "./expiry.ts";
import { LockLostError } from "./fence.ts";
import type { Log } from "./log.ts";
import type { Claim, TrackerStore } from "./store/store.ts";

/** A job's lock while this process holds it. It is renewed by itself until it is released, lost, or its time is over. */
export interface Lease {
  readonly name: string;
  /** Newer than every earlier holder's. Give it to `assertFence` in each transaction. */
  readonly fence: bigint;
  /** `service@host#pid#bootId` */
  readonly owner: string;
  /** Aborts, with a `LockLostError`, as soon as the lock can no longer be proven to be ours. Not by a release. */
  readonly lost: AbortSignal;
  /**
   * Whether the lock is proven to be ours at this moment. Looks at the clock itself, so it is also right in the instant
   * after the process was stopped or its event loop was blocked, before any timer could fire.
   */
  isHeld(): boolean;
  /** Frees the lock. Never rejects: what cannot be freed ends with its lease. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly claim: Claim;
  readonly fence: bigint;
  readonly store: TrackerStore;
  /** The monotonic instant up to which the store has granted the lock, counted from before it was asked. */
  readonly provenUntilMs: number;
  /** The monotonic instant at which the lock ends, renewed or not. */
  readonly endsAtMs: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly monotonicMs: () => number;
  readonly log: Log;
  /** Called once, when the lease is released or lost. */
  readonly onEnd: () => void;
}

/** After a failed renewal the next follows sooner and sooner as the lease runs out, but not faster than this. */
const RENEW_AT_MOST_EVERY_MS = 50;

export function keepLease(options: LeaseOptions): Lease {
  const { claim, fence, store, endsAtMs, monotonicMs, log } = options;
  const loss = new AbortController();
  const expiry = createExpiry(Math.min(options.provenUntilMs, endsAtMs), monotonicMs, expire);
  let over = false;
  let renewal: Promise<void> | undefined;
  let released: Promise<void> | undefined;
  let renewTimer = renewLater();

  function end() {
    over = true;
    expiry.stop();
    clearTimeout(renewTimer);
    options.onEnd();
  }

  function lose(reason: string) {
    if (over) return;
    end();
    log.warn({ job: claim.job, owner: claim.owner, fence, reason }, "lock lost");
    loss.abort(new LockLostError(claim.job, reason));
  }

  function expire() {
    lose(expiry.atMs >= endsAtMs ? "its time is over" : "it was not renewed before its lease ended");
  }

  function isHeld() {
    if (!over && expiry.hasPassed()) expire();
    return !over;
  }

  function renewLater() {
    // The last stretch needs no renewal, but still notices when the lock is taken away.
    const soonMs = expiry.atMs >= endsAtMs ? options.renewMs : Math.min(options.renewMs, expiry.leftMs() / 2);
    return setTimeout(() => (renewal = renew()), Math.max(RENEW_AT_MOST_EVERY_MS, soonMs));
  }

  async function renew() {
    if (!isHeld()) return;
    const askedAtMs = monotonicMs();
    const grantMs = Math.min(options.leaseMs, endsAtMs - askedAtMs);
    try {
      const mine = await bounded(store.renew(claim, grantMs), expiry.leftMs(), "renewal");
      if (over) return;
      if (!mine) return lose("it was taken away");
      expiry.moveTo(askedAtMs + grantMs);
    } catch (error) {
      log.warn({ job: claim.job, reason: String(error) }, "lock not renewed, trying again");
    }
    if (isHeld()) renewTimer = renewLater();
  }

  async function release() {
    if (!over) end();
    // A renewal that is still under way could otherwise bring back what the release removes.
    await renewal;
    try {
      await store.release(claim);
    } catch (error) {
      log.warn({ job: claim.job, reason: String(error) }, "lock not released, it ends with its lease");
    }
  }

  return {
    name: claim.job,
    fence,
    owner: claim.owner,
    lost: loss.signal,
    isHeld,
    release() {
      released ??= release();
      return released;
    },
  };
}
