import { type Database, type EventContext, handleOnce, lockMessage, type Transaction } from "@vigia/database";
import { jobOf, lockOf, type OutgoingEvent, runChanged, type TaskName, taskWithinJob } from "@vigia/messages";
import { assertFence, ExecutionNotRunningError, type Lease, LockLostError, type Tracker } from "@vigia/tracker";
import { PermanentError, RunCancelledError, ServiceStoppingError, TimeLimitError } from "../errors.ts";
import { reasonOf } from "../printable.ts";
import { type Redact, redactError } from "../redact.ts";
import type { Logger } from "../service/logging.ts";
import type { Metrics } from "../service/metrics.ts";
import { recoveredEvent } from "../service/recovery.ts";
import { describeSpan, failSpan, withSpan } from "../trace/span.ts";
import { cancelledBy, watchForCancel } from "./cancellation.ts";
import { countedAs, readPast } from "./run-past.ts";
import type { Stragglers } from "./stragglers.ts";
import type { Step, Task, TaskContext, TaskResult } from "./task.ts";

/** A run that failed this often ends as a dead letter. Runs that a crash or a shutdown cut short do not count. */
export const MAX_ATTEMPTS = 5;

const LOCK_OUTLIVES_LIMIT_SECONDS = 60;

export interface RunRequest {
  readonly messageId: string;
  /** Which replay of a dead letter asks for the run: its failures are counted anew. */
  readonly replay?: string | undefined;
  /** Kept on record, for whoever has to hand the message back. */
  readonly delivery: string | undefined;
  readonly correlationId: string;
  readonly trigger: "schedule" | "command";
  readonly scheduledAt: Date;
  readonly catchUp: boolean;
  readonly command: unknown;
  /** Goes out with the run's start, and with its end. */
  readonly onStart?: ((executionId: string) => OutgoingEvent[]) | undefined;
  readonly onEnd?: ((end: RunEnd) => OutgoingEvent[]) | undefined;
}

export type RunEnd =
  | { readonly status: "completed"; readonly executionId: string; readonly result: TaskResult }
  | { readonly status: "failed"; readonly executionId: string; readonly error: Error };

export type RunOutcome =
  | { readonly kind: "completed" | "cancelled" | "done-before" | "busy" | "lost" | "stopped" }
  | { readonly kind: "failed"; readonly error: Error; readonly attempt: number; readonly last: boolean };

export interface TaskRunner {
  readonly service: string;
  readonly database: Database;
  readonly tracker: Tracker;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** For what is told of an error: on record, in events, in dead letters. */
  readonly redact: Redact;
  /** A run that takes longer is stopped, and has failed. */
  readonly limitSecondsOf: (task: TaskName) => number;
  readonly stragglers: Stragglers;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
  /** Makes the streams anew, should the server have lost them. */
  readonly restoreStreams: () => Promise<void>;
}

/** Runs a task for one message: under its lock, on record, and at most once to its end. */
export async function runTask(runner: TaskRunner, task: Task, request: RunRequest): Promise<RunOutcome> {
  const { tracker, metrics } = runner;
  // The limit ends the run before the lock does: a run that takes too long has failed, it has not lost its lock.
  const ttlSeconds = runner.limitSecondsOf(task.name) + LOCK_OUTLIVES_LIMIT_SECONDS;
  const lease = await tracker.acquire(lockOf(task.name), { ttlSeconds });
  if (!lease) return { kind: "busy" };
  const startedAt = performance.now();
  try {
    const outcome = await withSpan(`run ${task.name}`, {}, async () => {
      const ended = await execute(runner, task, request, lease);
      describeSpan({ "vigia.outcome": ended.kind });
      if (ended.kind === "failed") failSpan(ended.error);
      return ended;
    });
    if (outcome.kind === "done-before") return outcome;
    metrics.runs.inc({ task: task.name, outcome: outcome.kind });
    metrics.runSeconds.observe({ task: task.name }, (performance.now() - startedAt) / 1_000);
    return outcome;
  } finally {
    await lease.release();
  }
}

async function execute(runner: TaskRunner, task: Task, request: RunRequest, lease: Lease): Promise<RunOutcome> {
  const { database, tracker, stopping } = runner;
  const executionId = tracker.generateExecutionId();
  const record = createRecord(runner, task.name, request, { executionId, lease });
  const begun = await record.started();
  if (!begun) return { kind: "done-before" };
  const { attempt, resumeFrom, cancellation } = begun;
  const log = runner.log.child({ task: task.name, executionId, attempt });
  describeSpan({ "vigia.execution_id": executionId, "vigia.attempt": attempt });
  const limit = abortAfter(runner.limitSecondsOf(task.name));
  const cancel = watchForCancel(database, countedAs(request), log);
  const over = new AbortController();
  const signal = AbortSignal.any([lease.lost, stopping, limit.signal, cancel.signal]);
  let items = 0;
  const context: TaskContext = {
    tick: { scheduledAt: request.scheduledAt, catchUp: request.catchUp },
    command: request.command as never,
    messageId: request.messageId,
    executionId,
    resumeFrom,
    step: (effect) =>
      runStep(
        database,
        record.context,
        { task: task.name, messageId: request.messageId, lease, signal, over: over.signal },
        effect,
      ),
    database,
    processed: (count) => {
      items += count;
    },
    signal,
    log,
  };
  try {
    if (cancellation) throw cancelledBy(cancellation);
    const run = task.run(context as TaskContext<never>);
    const result = await runner.stragglers.waitFor(task.name, signal, run).finally(() => {
      over.abort(new LockLostError(lease.name, `run ${executionId} is over`));
    });
    signal.throwIfAborted();
    await record.completed(result, items);
    log.info({ items, ...result }, "run completed");
    return { kind: "completed" };
  } catch (thrown) {
    return await record.ended(redactError(signal.aborted ? signal.reason : thrown, runner.redact), items, log);
  } finally {
    limit.cancel();
    cancel.stop();
    runner.metrics.items.inc({ task: task.name }, items);
  }
}

interface StepScope {
  readonly task: TaskName;
  readonly messageId: string;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  /** Aborts when the run has ended, whether its task has or not. */
  readonly over: AbortSignal;
}

async function runStep<T>(
  database: Database,
  context: EventContext,
  { task, messageId, lease, signal, over }: StepScope,
  effect: (step: Step) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  return withSpan(`step ${task}`, {}, () =>
    database.transaction(context, async (tx) => {
      await assertFence(tx, lease.name, lease.fence);
      const value = await effect({ ...tx, checkpoint: (value) => tx.checkpoints.write(task, messageId, value) });
      // The run was given up in the meantime, and its end is on record: nothing of it may follow.
      over.throwIfAborted();
      return value;
    }),
  );
}

interface RunIdentity {
  readonly executionId: string;
  readonly lease: Lease;
}

/** The run's record and its events, each written in one transaction. */
function createRecord(runner: TaskRunner, task: TaskName, request: RunRequest, { executionId, lease }: RunIdentity) {
  const { database, tracker } = runner;
  const context: EventContext = {
    source: runner.service,
    correlationId: request.correlationId,
    causationId: request.messageId,
  };
  const startedAt = performance.now();
  let attempt = 1;
  const event = (status: "started" | "completed" | "failed" | "recovered" | "cancelled", details: object = {}) =>
    runChanged({
      status,
      job: jobOf(task),
      task: taskWithinJob(task),
      executionId,
      at: new Date().toISOString(),
      attempt,
      instance: lease.owner,
      ...details,
    });
  const duration = () => Math.round(performance.now() - startedAt);

  async function failed(error: Error, items: number, log: Logger): Promise<RunOutcome> {
    const last = error instanceof PermanentError || attempt >= MAX_ATTEMPTS;
    const ending = last ? (request.onEnd?.({ status: "failed", executionId, error }) ?? []) : [];
    log.error({ err: error, last }, "run failed");
    await database.transaction(context, async (tx) => {
      await assertFence(tx, lease.name, lease.fence);
      await tracker.failJob(task, executionId, error, { itemsProcessed: items, within: tx });
      await tx.emit([
        event("failed", { error: reasonOf(error), durationMs: duration(), itemsProcessed: items }),
        ...ending,
      ]);
    });
    return { kind: "failed", error, attempt, last };
  }

  /** Its message is done with: what it had not done is not taken up again. */
  async function cancelled(error: RunCancelledError, items: number, log: Logger): Promise<RunOutcome> {
    log.warn({ reason: error.message }, "run cancelled");
    await database.transaction(context, async (tx) => {
      await assertFence(tx, lease.name, lease.fence);
      await handleOnce(tx, task, request.messageId);
      await tx.checkpoints.clear(task, request.messageId);
      await tracker.cancelJob(task, executionId, error, { itemsProcessed: items, within: tx });
      const ending = request.onEnd?.({ status: "failed", executionId, error }) ?? [];
      const details = { reason: error.message, durationMs: duration(), itemsProcessed: items };
      await tx.emit([event("cancelled", details), ...ending]);
    });
    return { kind: "cancelled" };
  }

  async function interrupted(error: Error, items: number, log: Logger): Promise<RunOutcome> {
    log.warn({ reason: error.message }, "run interrupted; it will be taken up again");
    await database.transaction(context, async (tx) => {
      await tracker.interruptJob(task, executionId, error, { itemsProcessed: items, within: tx });
      await tx.emit(event("recovered", { reason: error.message, durationMs: duration(), itemsProcessed: items }));
    });
    return { kind: error instanceof ServiceStoppingError ? "stopped" : "lost" };
  }

  return {
    context,
    /** Undefined: the message's run had ended before, and its acknowledgement was lost; or it is skipped, on record. */
    started: () =>
      database.transaction(context, async (tx) => {
        const { trigger, delivery } = request;
        const messageId = countedAs(request);
        if (trigger === "schedule") await lockMessage(tx, request.messageId);
        const past = await readPast(tx, { ...request, task, service: runner.service, fence: lease.fence });
        if (past.isDone) return undefined;
        attempt = 1 + past.failures;
        const earlier = past.isUnended ? await tracker.recoverEarlier(task, lease.fence, tx) : [];
        const details = { attempt, messageId, trigger, fence: lease.fence, within: tx };
        await tracker.startJob(task, executionId, delivery === undefined ? details : { ...details, delivery });
        const recovered = earlier.flatMap((each) => recoveredEvent(each, "its end could not be recorded") ?? []);
        await tx.emit([...recovered, event("started"), ...(request.onStart?.(executionId) ?? [])]);
        return { attempt, resumeFrom: past.resumeFrom, cancellation: past.cancellation };
      }),
    completed: (result: TaskResult, items: number) =>
      database.transaction(context, async (tx: Transaction) => {
        await assertFence(tx, lease.name, lease.fence);
        await handleOnce(tx, task, request.messageId);
        await tx.checkpoints.clear(task, request.messageId);
        await tracker.completeJob(task, executionId, result, { itemsProcessed: items, within: tx });
        const ending = request.onEnd?.({ status: "completed", executionId, result }) ?? [];
        const details = { durationMs: duration(), itemsProcessed: items, ...(result ? { result: { ...result } } : {}) };
        await tx.emit([event("completed", details), ...ending]);
      }),
    async ended(error: Error, items: number, log: Logger): Promise<RunOutcome> {
      const cutShort = error instanceof ServiceStoppingError || error instanceof LockLostError;
      try {
        if (cutShort) return await interrupted(error, items, log);
        const end = error instanceof RunCancelledError ? cancelled(error, items, log) : failed(error, items, log);
        return await end.catch((failure) => {
          // Held up until somebody took the work over: the end is not told, and the message is theirs.
          if (failure instanceof LockLostError) return interrupted(failure, items, log);
          throw failure;
        });
      } catch (failure) {
        // Whoever took the work over has closed this record already.
        if (failure instanceof ExecutionNotRunningError) return { kind: "lost" };
        throw failure;
      }
    },
  };
}

function abortAfter(seconds: number): { readonly signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new TimeLimitError(`the run took longer than its ${seconds} s`)),
    seconds * 1_000,
  );
  timer.unref();
  return { signal: controller.signal, cancel: () => clearTimeout(timer) };
}
