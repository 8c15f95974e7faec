import { createHash } from "node:crypto";
import { tickId } from "@vigia/messages";
import { Cron } from "croner";
import type { Schedule } from "./schedule.ts";

/** A tick that is later than this was missed: no scheduler was there at its instant. */
const LATE_AFTER_MS = 5_000;
/** Beyond it, missed instants are no longer counted one by one. */
const COUNT_LIMIT = 1_000;

/** Instants that get no tick of their own. */
export interface Missed {
  /** Counting ends at 1,000. */
  readonly count: number;
  readonly from: Date;
  readonly to: Date;
  readonly reason: string;
}

export interface Instant {
  /** What the schedule names. */
  readonly at: Date;
  /** When its tick goes out, jitter included. */
  readonly dueAt: Date;
}

export interface Due {
  /** The newest instant that is due and gets its tick; `undefined` where there is none. */
  readonly fire: Instant | undefined;
  readonly missed: Missed | undefined;
  /** The first that is not due yet; `undefined` where the schedule never comes again. */
  readonly next: Instant | undefined;
}

/**
 * What is due at `now`, given the last instant that was dealt with. Pure: the same question has the same answer in every
 * replica. A clock that was set back finds `lastFired` in its future, and fires nothing twice.
 */
export function whatIsDue(schedule: Schedule, lastFired: Date, now: Date): Due {
  const { count, first, previous, latest, next } = dueInstants(schedule, lastFired, now);
  if (!first || !latest) return { fire: undefined, missed: undefined, next };
  const { misfire = "once", catchUpWindowSeconds } = schedule;
  const lateMs = now.getTime() - latest.dueAt.getTime();
  const isTooLate = catchUpWindowSeconds !== undefined && lateMs > catchUpWindowSeconds * 1_000;
  if (isLate(latest, now) && (misfire === "skip" || isTooLate)) {
    const why = misfire === "skip" ? "missed ones are skipped" : `they are over ${catchUpWindowSeconds} s late`;
    const missed = { count, from: first, to: latest.at, reason: `no scheduler was there, and ${why}` };
    return { fire: undefined, missed, next };
  }
  const instead =
    misfire === "skip" ? "missed ones are skipped" : `one tick, of ${latest.at.toISOString()}, stands for all`;
  const missed = previous && {
    count: count - 1,
    from: first,
    to: previous,
    reason: `no scheduler was there, and ${instead}`,
  };
  return { fire: latest, missed, next };
}

/** Whether the tick was missed: no scheduler was there at its instant. */
export function isLate({ dueAt }: Instant, now: Date): boolean {
  return now.getTime() - dueAt.getTime() > LATE_AFTER_MS;
}

/** The instants after `from` and up to `to` that a pause skips; `undefined` where it skips none. */
export function whatWasPaused(schedule: Schedule, from: Date, to: Date, reason: string): Missed | undefined {
  const { count, first, latest } = dueInstants({ ...schedule, jitterSeconds: 0 }, from, to);
  return first && latest && { count, from: first, to: latest.at, reason };
}

/**
 * By how much the tick of an instant is put off: a part of `jitterSeconds` that follows from the tick's id, and so is
 * the same in every replica and after every restart.
 */
export function jitterMs({ task, jitterSeconds = 0 }: Schedule, at: Date): number {
  const hash = createHash("sha256").update(tickId(task, at)).digest().readUInt32BE(0);
  return Math.floor((hash / 2 ** 32) * jitterSeconds * 1_000);
}

/** The instant that the schedule names `at`, with when it is due. */
export function instantAt(schedule: Schedule, at: Date): Instant {
  return withJitter(schedule, cronOf(schedule), at);
}

/** The first instant behind `reference`; `undefined` where there is none. */
export function instantAfter(schedule: Schedule, reference: Date): Instant | undefined {
  return following(schedule, cronOf(schedule), reference);
}

function cronOf({ cron, timeZone }: Schedule): Cron {
  return new Cron(cron, { timezone: timeZone, paused: true });
}

function dueInstants(schedule: Schedule, lastFired: Date, now: Date) {
  const cron = cronOf(schedule);
  let first: Date | undefined;
  let previous: Date | undefined;
  let latest: Instant | undefined;
  let count = 0;
  let upcoming = following(schedule, cron, lastFired);
  while (upcoming && upcoming.dueAt <= now) {
    count += 1;
    first ??= upcoming.at;
    previous = latest?.at;
    latest = upcoming;
    if (count === COUNT_LIMIT) {
      latest = newestDue(schedule, cron, now) ?? latest;
      previous = cron.previousRuns(1, latest.at)[0];
    }
    upcoming = following(schedule, cron, latest.at);
  }
  return { count, first, previous, latest, next: upcoming };
}

function following(schedule: Schedule, cron: Cron, reference: Date): Instant | undefined {
  const at = cron.nextRun(reference);
  return at ? withJitter(schedule, cron, at) : undefined;
}

/** Jitter puts an instant off until the next one at most: so they fall due in their order. */
function withJitter(schedule: Schedule, cron: Cron, at: Date): Instant {
  const putOff = jitterMs(schedule, at);
  if (putOff === 0) return { at, dueAt: at };
  const latestDue = cron.nextRun(at)?.getTime() ?? Number.POSITIVE_INFINITY;
  return { at, dueAt: new Date(Math.min(at.getTime() + putOff, latestDue)) };
}

/** The newest instant, or the one before it where jitter still puts that off. */
function newestDue(schedule: Schedule, cron: Cron, now: Date) {
  // Croner cuts the reference to its second and looks strictly before it.
  const [newest, before] = cron.previousRuns(2, new Date(now.getTime() + 1_000));
  const candidates = [newest, before].flatMap((at) => (at ? [withJitter(schedule, cron, at)] : []));
  return candidates.find(({ dueAt }) => dueAt <= now);
}
