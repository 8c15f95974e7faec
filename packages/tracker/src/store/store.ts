import type { Execution, ExecutionEnd, ExecutionPage } from "../execution.ts";
import type { Owner } from "../owner.ts";
import type { Queryable } from "../queryable.ts";

/** One acquisition of one job's lock. The token is new each time, so an owner never mistakes an old claim for its present one. */
export interface Claim {
  readonly job: string;
  readonly owner: string;
  readonly token: string;
  readonly since: Date;
}

/** Who holds a job's lock, and until when unless it is renewed. */
export interface Holder extends Claim {
  readonly expiresAt: Date;
  readonly fence?: bigint;
}

/**
 * The lock was taken with a new fence, is held by another, or is free but a transaction of its last holder is still
 * running under the old fence.
 */
export type Taking =
  | { readonly outcome: "taken"; readonly fence: bigint }
  | { readonly outcome: "held"; readonly holder: Holder | undefined }
  | { readonly outcome: "busy" };

export interface JobState {
  readonly state: unknown;
  readonly savedAt: Date;
}

/** Where locks, heartbeats, state and executions are kept. Every call answers or rejects in bounded time. */
export interface TrackerStore {
  open(): Promise<void>;
  close(): Promise<void>;

  /** Says that the owner lives, for `ttlMs` from now. */
  beat(owner: Owner, ttlMs: number): Promise<void>;
  retire(owner: string): Promise<void>;
  isAlive(owner: string): Promise<boolean>;

  take(claim: Claim, leaseMs: number): Promise<Taking>;
  /** False when the lock is not this claim's any more. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;
  /** Frees the lock if it is this claim's; never another's. */
  release(claim: Claim): Promise<boolean>;
  holder(job: string): Promise<Holder | undefined>;
  holders(): Promise<Holder[]>;

  saveState(job: string, state: JobState, ttlMs: number): Promise<void>;
  getState(job: string): Promise<JobState | undefined>;

  /** Records a new attempt, running or skipped. `within` is the caller's transaction; a store that has none ignores it. */
  addExecution(execution: Execution, within?: Queryable): Promise<void>;
  /** Ends the newest running attempt; undefined when none is running. */
  endExecution(
    service: string,
    job: string,
    executionId: string,
    end: ExecutionEnd,
    within?: Queryable,
  ): Promise<Execution | undefined>;
  /** Owners of the service's running executions, each once. */
  runningOwners(service: string): Promise<string[]>;
  /** Ends everything that these owners left running in the service. */
  endOrphans(service: string, owners: readonly string[], end: ExecutionEnd, within?: Queryable): Promise<Execution[]>;
  /** Ends what earlier holders of the job's lock, those with an older fence, left running. */
  endEarlier(service: string, job: string, fence: bigint, end: ExecutionEnd, within?: Queryable): Promise<Execution[]>;
  /** Newest first. */
  listExecutions(job: string, page: ExecutionPage): Promise<Execution[]>;
}
