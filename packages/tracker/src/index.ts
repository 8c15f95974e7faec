/**
 * Who runs, what ran: locks with leases and fences, executions, job state, and recovery after a death.
 * `createTracker` is the way in; `assertFence` is for transactions that must be refused to a process that lost its lock.
 */
export type {
  Execution,
  ExecutionCursor,
  ExecutionError,
  ExecutionPage,
  ExecutionStatus,
  RecoveredExecution,
} from "./execution.ts";
export { ExecutionNotRunningError } from "./execution.ts";
export { assertFence, LockLostError } from "./fence.ts";
export type { EndDetails, StartDetails } from "./journal.ts";
export type { Lease } from "./lease.ts";
export type { Log } from "./log.ts";
export type { Owner } from "./owner.ts";
export type { Queryable } from "./queryable.ts";
export type { EndOrphans } from "./recovery.ts";
export { inspectRedis, type RedisState } from "./store/inspect-redis.ts";
export { parseRedisUrl, type RedisPlace } from "./store/redis-place.ts";
export type { Degraded, Restored } from "./store/redis-store.ts";
export type { Holder } from "./store/store.ts";
export type { AcquireOptions, Tracker, TrackerOptions } from "./tracker.ts";
export { createTracker } from "./tracker.ts";
