import {
  jobOf,
  runChanged,
  type TaskName,
  taskWithinJob,
  tickFor,
  tickId,
  tickSubject,
  toHeaders,
} from "@vigia/messages";
import type { Component, PublishOutcome, ServiceEnvironment } from "@vigia/runtime";
import { type Due, whatIsDue } from "./due.ts";
import { type Fired, noteFired, readFired, registerSchedules } from "./fired.ts";
import type { Schedule } from "./schedule.ts";

/** The clock is looked at this often at least: one that was set is noticed. */
const LONGEST_SLEEP_MS = 1_000;
const RETRY_MS = 1_000;
/**
 * What was read longer ago than this is read again before a tick goes out: the process may have been paused. Far less
 * than the stream's duplicate window, which covers the rest.
 */
const STALE_AFTER_MS = 60_000;

export type TickerEnvironment = Pick<ServiceEnvironment<object>, "bus" | "database" | "tracker" | "log" | "service"> & {
  readonly now: () => Date;
};

/**
 * Publishes a tick for every instant that is due. Any number of replicas may run: a tick's id follows from its instant,
 * so the stream keeps one, and beyond the stream's window the last-fired record does.
 */
export async function startTicker(environment: TickerEnvironment, schedules: readonly Schedule[]): Promise<Component> {
  const { database, log, now } = environment;
  await registerSchedules(database, schedules, now());
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let turn = Promise.resolve();

  const schedule = (delayMs: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      turn = beat();
    }, delayMs);
  };

  async function beat(): Promise<void> {
    try {
      schedule(await fireDue(environment, schedules));
    } catch (error) {
      log.warn({ err: error }, "ticks can't be published; what is due meanwhile is caught up");
      schedule(RETRY_MS);
    }
  }

  turn = beat();
  return {
    name: "ticker",
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await turn;
    },
  };
}

/** Publishes what is due, and says how long to sleep. */
async function fireDue(environment: TickerEnvironment, schedules: readonly Schedule[]): Promise<number> {
  const fired = await readFired(environment.database);
  const readAt = performance.now();
  const at = environment.now();
  let wakeAt = at.getTime() + LONGEST_SLEEP_MS;
  for (const schedule of schedules) {
    const due = dueFor(schedule, fired.get(schedule.task), at);
    if (due?.next) wakeAt = Math.min(wakeAt, due.next.getTime());
    if (!due?.fire) continue;
    if (performance.now() - readAt > STALE_AFTER_MS) return 0;
    await fire(environment, schedule.task, due);
  }
  return Math.max(0, wakeAt - environment.now().getTime());
}

function dueFor(schedule: Schedule, fired: Fired | undefined, now: Date): Due | undefined {
  return fired && !fired.paused ? whatIsDue(schedule, fired.lastFired, now) : undefined;
}

async function fire(
  environment: TickerEnvironment,
  task: TaskName,
  { fire: instant, coalesced, next }: Due,
): Promise<void> {
  if (!instant) return;
  const { bus, database, log, service } = environment;
  const id = tickId(task, instant.at);
  const envelope = {
    id,
    source: service,
    type: "vigia.tick",
    time: environment.now().toISOString(),
    correlationId: id,
  };
  const outcome = await bus.publish(tickSubject(task), tickFor(task, instant.at, instant.catchUp), toHeaders(envelope));
  if (outcome === "refused") return noteSkipped(environment, task, instant.at, next);
  const first = await noteFired(database, task, instant.at, next);
  if (first) report(log, task, instant, coalesced, outcome);
}

function report(
  log: TickerEnvironment["log"],
  task: TaskName,
  { at, catchUp }: { at: Date; catchUp: boolean },
  coalesced: number,
  outcome: PublishOutcome,
): void {
  log.info({ task, scheduledAt: at, outcome }, "tick");
  if (catchUp || coalesced > 0)
    log.warn({ task, scheduledAt: at, coalesced }, "instants were missed; one tick stands for them");
}

/** The last tick of this task still waits or runs: this instant is skipped, on record and with its reason. */
async function noteSkipped(
  environment: TickerEnvironment,
  task: TaskName,
  at: Date,
  next: Date | undefined,
): Promise<void> {
  const { database, tracker, service, log } = environment;
  const executionId = tickId(task, at);
  const reason = "the tick before it still waits or runs";
  await database.transaction({ source: service, correlationId: executionId }, async (tx) => {
    if (!(await noteFired(tx, task, at, next))) return;
    await tracker.skipJob(task, executionId, reason, { messageId: executionId, trigger: "schedule", within: tx });
    await tx.emit(
      runChanged({
        status: "skipped",
        job: jobOf(task),
        task: taskWithinJob(task),
        executionId,
        at: environment.now().toISOString(),
        attempt: 1,
        instance: tracker.owner,
        reason,
      }),
    );
    log.warn({ task, scheduledAt: at, reason }, "tick skipped");
  });
}
