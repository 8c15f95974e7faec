import { randomUUID } from "node:crypto";
import type { Execution, ExecutionPage, RecoveredExecution } from "./execution.ts";
import { assertFence } from "./fence.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { createJournal, type EndDetails, type StartDetails } from "./journal.ts";
import type { Lease } from "./lease.ts";
import { createLocks } from "./locks.ts";
import { type Log, silentLog } from "./log.ts";
import { formatOwner, type Owner, thisOwner } from "./owner.ts";
import type { Queryable } from "./queryable.ts";
import { type EndOrphans, recoverOrphans } from "./recovery.ts";
import { createFailoverStore } from "./store/failover-store.ts";
import { createPostgresStore } from "./store/postgres-store.ts";
import type { RedisPlace } from "./store/redis-place.ts";
import { createRedisStore, type Degraded, type Restored } from "./store/redis-store.ts";
import type { Holder, TrackerStore } from "./store/store.ts";

export interface TrackerOptions {
  /**
   * Where Redis is: one server, Sentinel, or a Cluster; see `RedisPlace`. The tracker makes its own connection. Its keys
   * begin with `vigia:`, in a Cluster with `{vigia}:`.
   */
  readonly redis?: string | RedisPlace;
  /** A pool (not a single transaction) on a database with the `vigia` schema. At least one of the two stores is needed. */
  readonly postgres?: Queryable;
  /** Names this program; recovery only ends executions of the same service. */
  readonly service: string;
  readonly clock?: { now(): Date };
  readonly log?: Log;
  /** How long a lock outlives a process that stopped renewing it, and how long its heartbeat counts. */
  readonly leaseMs?: number;
  /** How often locks and the heartbeat are renewed; at most a third of the lease leaves room for two failures. */
  readonly renewMs?: number;
  /** How long any one command to Redis may take. */
  readonly commandTimeoutMs?: number;
  readonly stateTtlSeconds?: number;
  readonly onDegraded?: (event: Degraded) => void;
  readonly onRestored?: (event: Restored) => void;
  /** Overrides what this process is called; for hosts whose names are not unique, and for tests. */
  readonly identity?: Partial<Omit<Owner, "service">>;
}

export interface AcquireOptions {
  /** The lock ends then at the latest, renewed or not. */
  readonly ttlSeconds: number;
}

export interface Tracker {
  /** `service@host#pid#bootId` */
  readonly owner: string;
  /**
   * Connects and begins the heartbeat. With Postgres, a Redis that is away is no reason to fail. A tracker that failed to
   * start, or that was stopped, is not started again; create another.
   */
  start(): Promise<void>;
  /** Releases this tracker's locks and disconnects. Safe twice and before the start. */
  stop(): Promise<void>;

  generateExecutionId(): string;
  /** Takes the lock by hand: renewed while the process lives, over after `ttlSeconds` at the latest. False: held by another. */
  acquireJobLock(name: string, ttlSeconds: number): Promise<boolean>;
  /** Frees the lock if this tracker holds it; never another's. */
  releaseJobLock(name: string): Promise<boolean>;
  /** Whether a live owner holds the job's lock. */
  isJobRunning(name: string): Promise<boolean>;
  startJob(name: string, executionId: string, details?: StartDetails): Promise<void>;
  /** Throws `ExecutionNotRunningError` when the execution is not running. `result` is kept as JSON. */
  completeJob(name: string, executionId: string, result?: unknown, details?: EndDetails): Promise<void>;
  /** Throws `ExecutionNotRunningError` when the execution is not running. `error` may be anything that was thrown. */
  failJob(name: string, executionId: string, error: unknown, details?: EndDetails): Promise<void>;
  /**
   * Ends an execution as `recovered`: it was cut short, by a shutdown or a lost lock, and its work is taken up again.
   * Throws `ExecutionNotRunningError` when the execution is not running; another process may have recovered it already.
   */
  interruptJob(name: string, executionId: string, reason: unknown, details?: EndDetails): Promise<void>;
  /** Ends an execution as `cancelled`: somebody wanted it ended, and its work is not taken up again. Throws as above. */
  cancelJob(name: string, executionId: string, reason: unknown, details?: EndDetails): Promise<void>;
  /**
   * Ends, as `recovered`, what earlier holders of the job's lock left running: those with a fence older than this one can
   * write no more, whether they live or not. Give it the transaction in which the new run's start is recorded.
   */
  recoverEarlier(name: string, fence: bigint, within?: Queryable): Promise<RecoveredExecution[]>;
  /** Records a run that was due and did not take place, and why. */
  skipJob(name: string, executionId: string, reason: string, details?: StartDetails): Promise<void>;
  /** Kept as JSON (dates become ISO strings) for `stateTtlSeconds`. Not for what correctness depends on. */
  saveJobState(name: string, state: unknown): Promise<void>;
  getJobState<T = unknown>(name: string): Promise<T | undefined>;
  getLastExecution(name: string): Promise<Execution | undefined>;
  /** Newest first; pass the last one of a page as `before` for the next page. */
  getExecutions(name: string, page?: Partial<ExecutionPage>): Promise<Execution[]>;

  /**
   * Takes the job's lock with a new fence; undefined when another live owner holds it, or when a transaction of the
   * last holder does not end within 5 s. The lock of a provably dead owner is taken over at once.
   *
   * Fences come from Postgres where it is given. With Redis alone they come from a Redis counter, which can go back
   * after a crash of a Redis without AOF (`appendonly yes`): the same number may then be given out twice.
   */
  acquire(name: string, options: AcquireOptions): Promise<Lease | undefined>;
  holder(name: string): Promise<Holder | undefined>;
  /** See `assertFence`. */
  assertFence(sql: Queryable, name: string, fence: bigint): Promise<void>;
  /**
   * Frees the locks of this service's provably dead owners and ends what they left running, within `settle`'s transaction
   * where it is given. Safe at any time.
   */
  recover(settle?: EndOrphans): Promise<RecoveredExecution[]>;
}

const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const COMMAND_TIMEOUT_MS = 500;
const STATE_TTL_SECONDS = 86_400;
const NAME_LIMIT_CHARS = 200;

export function createTracker(options: TrackerOptions): Tracker {
  const { service, clock = { now: () => new Date() }, log = silentLog } = options;
  const { leaseMs = LEASE_MS, renewMs = RENEW_MS, stateTtlSeconds = STATE_TTL_SECONDS } = options;
  if (renewMs >= leaseMs) throw new Error(`renewMs (${renewMs}) must be less than leaseMs (${leaseMs})`);
  const self = thisOwner(service, options.identity);
  const owner = formatOwner(self);
  const store = createStore(options, { clock, log, renewMs });
  const locks = createLocks({ store, self, clock, leaseMs, renewMs, log });
  const journal = createJournal({ store, service, owner, clock, fenceOf: (job) => locks.held(job)?.fence });
  const life = createLife(store, locks, () =>
    startHeartbeat({ store, owner: self, ttlMs: leaseMs, everyMs: renewMs, log }),
  );

  async function forJob<T>(name: string, call: () => T | Promise<T>): Promise<T> {
    if (name.length === 0 || name.length > NAME_LIMIT_CHARS) throw new Error(`"${name}" is not a usable job name`);
    await life.ready();
    return call();
  }

  return {
    owner,
    start: life.start,
    stop: life.stop,
    generateExecutionId: () => randomUUID(),
    acquireJobLock: (name, ttlSeconds) =>
      forJob(name, async () => (await locks.acquire(name, ttlSeconds)) !== undefined),
    releaseJobLock: (name) =>
      forJob(name, async () => {
        const lease = locks.held(name);
        await lease?.release();
        return lease !== undefined;
      }),
    isJobRunning: (name) => forJob(name, () => locks.isRunning(name)),
    startJob: (name, ...rest) => forJob(name, () => journal.start(name, ...rest)),
    completeJob: (name, id, result, details) => forJob(name, () => journal.complete(name, id, result, details)),
    failJob: (name, ...rest) => forJob(name, () => journal.fail(name, ...rest)),
    interruptJob: (name, ...rest) => forJob(name, () => journal.interrupt(name, ...rest)),
    cancelJob: (name, ...rest) => forJob(name, () => journal.cancel(name, ...rest)),
    recoverEarlier: (name, ...rest) => forJob(name, () => journal.recoverEarlier(name, ...rest)),
    skipJob: (name, ...rest) => forJob(name, () => journal.skip(name, ...rest)),
    saveJobState: (name, state) =>
      forJob(name, () => store.saveState(name, { state, savedAt: clock.now() }, stateTtlSeconds * 1_000)),
    // The caller says what it saved; the store only knows that it is JSON.
    getJobState: <T>(name: string) => forJob(name, async () => (await store.getState(name))?.state as T | undefined),
    getLastExecution: (name) => forJob(name, async () => (await journal.list(name, { limit: 1 }))[0]),
    getExecutions: (name, page) => forJob(name, () => journal.list(name, page)),
    acquire: (name, { ttlSeconds }) => forJob(name, () => locks.acquire(name, ttlSeconds)),
    holder: (name) => forJob(name, () => locks.holder(name)),
    assertFence,
    async recover(settle = (end) => end()) {
      await life.ready();
      return recoverOrphans(store, self, () => clock.now(), log, settle);
    },
  };
}

/** Started once, stopped once, whatever is called twice or in the wrong order. */
function createLife(store: TrackerStore, locks: { close(): Promise<void> }, beginHeart: () => Promise<Heartbeat>) {
  let heartbeat: Promise<Heartbeat> | undefined;
  let stopping: Promise<void> | undefined;

  async function open() {
    try {
      await store.open();
      return await beginHeart();
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async function stop() {
    const running = await heartbeat?.catch(() => undefined);
    if (running === undefined) return;
    await locks.close();
    await running.stop();
    await store.close();
  }

  return {
    async start() {
      if (stopping !== undefined) throw new Error("the tracker is stopped");
      heartbeat ??= open();
      await heartbeat;
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
    async ready() {
      if (stopping !== undefined) throw new Error("the tracker is stopped");
      if (heartbeat === undefined) throw new Error("the tracker is not started");
      await heartbeat;
    },
  };
}

function createStore(
  options: TrackerOptions,
  { clock, log, renewMs }: { clock: { now(): Date }; log: Log; renewMs: number },
): TrackerStore {
  const { redis: place, postgres: sql, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
  // A statement that takes longer than a renewal may wait is as good as lost to the lease that waits for it.
  const postgres = sql && createPostgresStore({ sql, timeoutMs: renewMs });
  if (place === undefined) {
    if (postgres === undefined) throw new Error("a tracker needs redis, postgres, or both");
    return postgres;
  }
  const { onDegraded = () => {}, onRestored = () => {} } = options;
  const where = typeof place === "string" ? { url: place } : place;
  const redis = createRedisStore({ where, commandTimeoutMs, clock, log, onDegraded, onRestored });
  return postgres === undefined ? redis : createFailoverStore({ redis, postgres, log });
}
