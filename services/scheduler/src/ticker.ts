import { tickId } from "@vigia/messages";
import type { Component } from "@vigia/runtime";
import { type AnnouncedTick, sendAnnounced, type TickEnvironment } from "./announced-tick.ts";
import { type Due, type Instant, instantAt, whatIsDue } from "./due.ts";
import { advance, type Fired, readFired, registerSchedules } from "./fired.ts";
import { endElapsedPauses, isElapsed } from "./pause.ts";
import type { Schedule } from "./schedule.ts";
import { recordMissed } from "./skip.ts";

/** The clock is looked at this often at least: one that was set is noticed. */
const LONGEST_SLEEP_MS = 1_000;
const RETRY_MS = 1_000;
/** A tick is announced this long before its instant, so that nothing but its publishing is left to do then. */
const AHEAD_MS = 100;

/** How often a tick that waits for the one before it is tried. */
const WAITING_RETRY_MS = 250;

/**
 * Publishes a tick for every instant that is due. Any number of replicas may run: they share a clock, a tick's id follows
 * from its instant, and each is announced in Postgres before anybody publishes it. So none is passed over that may have
 * gone out.
 */
export async function startTicker(environment: TickEnvironment, schedules: readonly Schedule[]): Promise<Component> {
  const { database, log, clock, service } = environment;
  await clock.measure();
  await database.transaction({ source: service }, (tx) => registerSchedules(tx, schedules, clock.now()));
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
      schedule(await takeTurn(environment, schedules, stopping.signal));
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

/** Announces what is due, or publishes what is announced, all at once; says how long to sleep. A stop waits for it. */
async function takeTurn(
  environment: TickEnvironment,
  schedules: readonly Schedule[],
  stopping: AbortSignal,
): Promise<number> {
  const { database, service, clock } = environment;
  await clock.measure();
  const fired = await readFired(database);
  const readAt = performance.now();
  const now = clock.now();
  if ([...fired.values()].some((each) => isElapsed(each, now))) {
    await database.transaction({ source: service }, (tx) => endElapsedPauses(environment, tx, schedules, now));
    return 0;
  }
  const plans = schedules.flatMap((schedule) => planFor(schedule, fired.get(schedule.task), now));
  const announcing = plans.filter((plan) => plan.kind === "announce");
  const sending = plans.filter((plan) => plan.kind === "send");
  if (stopping.aborted) return 0;
  if (announcing.length > 0) {
    await all(announcing.map(({ schedule, lastFired, due }) => announce(environment, schedule, lastFired, due)));
    return 0;
  }
  const sent = await all(sending.map((plan) => sendAnnounced(environment, { ...plan, readAt })));
  if (sent.includes(true)) return 0;
  const wakeMs = plans.map((plan) => (plan.kind === "wait" ? plan.until.getTime() - now.getTime() : WAITING_RETRY_MS));
  return Math.max(0, Math.min(LONGEST_SLEEP_MS, ...wakeMs));
}

type Plan =
  | { readonly kind: "announce"; readonly schedule: Schedule; readonly lastFired: Date; readonly due: Due }
  | ({ readonly kind: "send" } & Omit<AnnouncedTick, "readAt">)
  | { readonly kind: "wait"; readonly until: Date };

function planFor(schedule: Schedule, fired: Fired | undefined, now: Date): Plan[] {
  const soon = new Date(now.getTime() + AHEAD_MS);
  if (fired?.announced) {
    const instant = instantAt(schedule, fired.announced);
    // It is further away where the database's clock was set back.
    return instant.dueAt > soon ? [waitFor(instant)] : [{ kind: "send", schedule, instant, paused: fired.paused }];
  }
  if (!fired || fired.paused) return [];
  const { lastFired } = fired;
  const due = whatIsDue(schedule, lastFired, now);
  if (due.fire || due.missed) return [{ kind: "announce", schedule, lastFired, due }];
  if (!due.next) return [];
  if (due.next.dueAt > soon) return [waitFor(due.next)];
  return [{ kind: "announce", schedule, lastFired, due: { ...due, fire: due.next } }];
}

function waitFor({ dueAt }: Instant): Plan {
  return { kind: "wait", until: new Date(dueAt.getTime() - AHEAD_MS) };
}

/** Announces the tick that goes out next, and puts what was missed on record: one replica does. */
async function announce(
  environment: TickEnvironment,
  { task }: Schedule,
  lastFired: Date,
  { fire, missed, next }: Due,
): Promise<void> {
  const { database, service } = environment;
  const to = { lastFired, skippedTo: missed?.to, announced: fire?.at, nextDue: (fire ?? next)?.dueAt };
  if (!missed) {
    await advance(database, task, to);
    return;
  }
  await database.transaction({ source: service, correlationId: tickId(task, missed.to) }, async (tx) => {
    if (await advance(tx, task, to)) await recordMissed(environment, tx, task, missed);
  });
}

/** Waits for each of them, and throws the first error: one that fails does not keep the others from their end. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
