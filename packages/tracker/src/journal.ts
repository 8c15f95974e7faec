import {
  describeError,
  type Execution,
  type ExecutionEnd,
  ExecutionNotRunningError,
  type ExecutionPage,
  type RecoveredExecution,
} from "./execution.ts";
import type { Queryable } from "./queryable.ts";
import type { TrackerStore } from "./store/store.ts";

export interface StartDetails {
  /** From 1, the default. */
  readonly attempt?: number;
  readonly messageId?: string;
  readonly delivery?: string;
  readonly trigger?: string;
  /** The default is the fence of the lock that this tracker holds on the job, if it holds it. */
  readonly fence?: bigint;
  /** The caller's transaction, in which the history row is written. Redis gets its copy at once, also if that rolls back. */
  readonly within?: Queryable;
}

export interface EndDetails {
  readonly itemsProcessed?: number;
  /** As for the start. */
  readonly within?: Queryable;
}

export interface JournalOptions {
  readonly store: TrackerStore;
  readonly service: string;
  readonly owner: string;
  readonly clock: { now(): Date };
  readonly fenceOf: (job: string) => bigint | undefined;
}

export interface Journal {
  start(job: string, executionId: string, details?: StartDetails): Promise<void>;
  skip(job: string, executionId: string, reason: string, details?: StartDetails): Promise<void>;
  complete(job: string, executionId: string, result: unknown, details?: EndDetails): Promise<void>;
  fail(job: string, executionId: string, error: unknown, details?: EndDetails): Promise<void>;
  interrupt(job: string, executionId: string, reason: unknown, details?: EndDetails): Promise<void>;
  cancel(job: string, executionId: string, reason: unknown, details?: EndDetails): Promise<void>;
  recoverEarlier(job: string, fence: bigint, within?: Queryable): Promise<RecoveredExecution[]>;
  list(job: string, page?: Partial<ExecutionPage>): Promise<Execution[]>;
}

const PAGE_LIMIT = 50;
const PAGE_LIMIT_MAX = 1_000;

/** What ran: writes the executions of one process, and reads everybody's. */
export function createJournal({ store, service, owner, clock, fenceOf }: JournalOptions): Journal {
  function begin(job: string, executionId: string, { within: _, fence, attempt = 1, ...details }: StartDetails) {
    const known = fence ?? fenceOf(job);
    const begun = { executionId, job, service, startedAt: clock.now(), attempt, instance: owner, ...details };
    return known === undefined ? begun : { ...begun, fence: known };
  }

  async function end(job: string, executionId: string, ending: Omit<ExecutionEnd, "endedAt">, within?: Queryable) {
    const full = { ...ending, endedAt: clock.now() };
    const ended = await store.endExecution(service, job, executionId, full, within);
    if (ended === undefined) throw new ExecutionNotRunningError(job, executionId);
  }

  return {
    start: (job, executionId, details = {}) =>
      store.addExecution({ ...begin(job, executionId, details), status: "running" }, details.within),
    skip(job, executionId, reason, details = {}) {
      const begun = begin(job, executionId, details);
      const ending = {
        status: "skipped",
        endedAt: begun.startedAt,
        durationMs: 0,
        error: { message: reason },
      } as const;
      return store.addExecution({ ...begun, ...ending }, details.within);
    },
    complete(job, executionId, result, { within, ...details } = {}) {
      const outcome = result === undefined || result === null ? {} : { result };
      return end(job, executionId, { status: "completed", ...outcome, ...details }, within);
    },
    fail: (job, executionId, error, { within, ...details } = {}) =>
      end(job, executionId, { status: "failed", error: describeError(error), ...details }, within),
    interrupt: (job, executionId, reason, { within, ...details } = {}) =>
      end(job, executionId, { status: "recovered", error: describeError(reason), ...details }, within),
    cancel: (job, executionId, reason, { within, ...details } = {}) =>
      end(
        job,
        executionId,
        { status: "cancelled", error: { message: describeError(reason).message }, ...details },
        within,
      ),
    async recoverEarlier(job, fence, within) {
      const error = { message: "its end could not be recorded before another run took the lock" };
      const ended = await store.endEarlier(
        service,
        job,
        fence,
        { status: "recovered", endedAt: clock.now(), error },
        within,
      );
      return ended.map((execution) => ({ ...execution, status: "recovered" as const }));
    },
    list(job, { limit = PAGE_LIMIT, before } = {}) {
      const page = { limit: Math.min(Math.max(1, Math.trunc(limit)), PAGE_LIMIT_MAX) };
      return store.listExecutions(job, before === undefined ? page : { ...page, before });
    },
  };
}
