import { type TaskName, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { type Component, type ServiceEnvironment, withSpan } from "@vigia/runtime";
import { type Due, whatIsDue } from "./due.ts";
import { type Fired, noteFired, readFired, registerSchedules } from "./fired.ts";
import { endElapsedPauses, isElapsed } from "./pause.ts";
import type { Schedule } from "./schedule.ts";
import { recordMissed, recordSkip } from "./skip.ts";

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
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let turn = Promise.resolve();

  const schedule = (delayMs: number) => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      turn = beat();
    }, delayMs);
  };

  async function beat(): Promise<void> {
    try {
      schedule(await fireDue(environment, schedules, stopping.signal));
    } catch (error) {
      log.warn({ err: error }, "ticks can't be published; what is due meanwhile is caught up");
      schedule(RETRY_MS);
    }
  }

  turn = beat();
  return {
    name: "ticker",
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await turn;
    },
  };
}

/** Publishes what is due, and says how long to sleep. A stop waits for the schedule in hand; the rest is due still. */
async function fireDue(
  environment: TickerEnvironment,
  schedules: readonly Schedule[],
  stopping: AbortSignal,
): Promise<number> {
  const { database, service } = environment;
  const fired = await readFired(database);
  const readAt = performance.now();
  const at = environment.now();
  if ([...fired.values()].some((each) => isElapsed(each, at))) {
    await database.transaction({ source: service }, (tx) => endElapsedPauses(environment, tx, schedules));
    return 0;
  }
  let wakeAt = at.getTime() + LONGEST_SLEEP_MS;
  for (const schedule of schedules) {
    if (stopping.aborted) break;
    const due = dueFor(schedule, fired.get(schedule.task), at);
    if (due?.next) wakeAt = Math.min(wakeAt, due.next.getTime());
    if (!due?.fire && !due?.missed) continue;
    if (performance.now() - readAt > STALE_AFTER_MS) return 0;
    // Here begins the trace of all that follows from the tick.
    await withSpan(`tick ${schedule.task}`, {}, () => fire(environment, schedule.task, due));
  }
  return Math.max(0, wakeAt - environment.now().getTime());
}

function dueFor(schedule: Schedule, fired: Fired | undefined, now: Date): Due | undefined {
  return fired && !fired.paused ? whatIsDue(schedule, fired.lastFired, now) : undefined;
}

/** Publishes a tick, if one is due, and puts what was missed on record: once, whatever the number of replicas. */
async function fire(environment: TickerEnvironment, task: TaskName, due: Due): Promise<void> {
  const { database, service, log } = environment;
  const { fire: instant, missed, next } = due;
  const outcome = instant && (await publish(environment, task, instant));
  const at = instant?.at ?? missed?.to;
  if (!at) return;
  await database.transaction({ source: service, correlationId: tickId(task, at) }, async (tx) => {
    if (!(await noteFired(tx, task, at, next))) return;
    if (missed) await recordMissed(environment, tx, task, missed);
    if (outcome === "refused") await recordSkip(environment, tx, task, at, "the tick before it still waits or runs");
    else if (outcome) log.info({ task, scheduledAt: at, outcome }, "tick");
  });
}

function publish(
  { bus, service, now }: TickerEnvironment,
  task: TaskName,
  { at, catchUp }: { readonly at: Date; readonly catchUp: boolean },
) {
  const id = tickId(task, at);
  const envelope = { id, source: service, type: "vigia.tick", time: now().toISOString(), correlationId: id };
  return bus.publish(tickSubject(task), tickFor(task, at, catchUp), toHeaders(envelope));
}
