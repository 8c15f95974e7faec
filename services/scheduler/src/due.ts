import { createHash } from "node:crypto";
import { tickId } from "@vigia/messages";
import { type Calendar, calendarOf } from "./calendar.ts";
import type { Schedule } from "./schedule.ts";

/** A tick that is later than this was missed: no scheduler was there at its instant. */
const LATE_AFTER_MS = 5_000;
/** With `all`, and no window of its own. */
const WINDOW_OF_ALL_SECONDS = 3_600;
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
  /** The instant that is due and gets its tick, with `all` the oldest and else the newest; `undefined` where there is none. */
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
  if (schedule.misfire === "all") return nextOfAll(schedule, lastFired, now);
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

/** Each instant has its turn, but for those that are too old. */
function nextOfAll(schedule: Schedule, lastFired: Date, now: Date): Due {
  const windowSeconds = windowOf(schedule);
  const tooOld = new Date(now.getTime() - windowSeconds * 1_000 - 1);
  const { count, first, latest, next } = dueInstants(schedule, lastFired, tooOld);
  const reason = `they are over ${windowSeconds} s late`;
  const missed = first && latest && { count, from: first, to: latest.at, reason };
  if (!next || next.dueAt > now) return { fire: undefined, missed, next };
  return { fire: next, missed, next: instantAfter(schedule, next.at) };
}

/** With `all`: whether the instant has waited for its turn for too long. */
export function isTooOld(schedule: Schedule, { dueAt }: Instant, now: Date): boolean {
  return now.getTime() - dueAt.getTime() > windowOf(schedule) * 1_000;
}

/** What is on time is never too old. */
function windowOf({ catchUpWindowSeconds = WINDOW_OF_ALL_SECONDS }: Schedule): number {
  return Math.max(catchUpWindowSeconds, LATE_AFTER_MS / 1_000);
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
  return withJitter(schedule, calendarOf(schedule), at);
}

/** The first instant behind `reference`; `undefined` where there is none. */
export function instantAfter(schedule: Schedule, reference: Date): Instant | undefined {
  return following(schedule, calendarOf(schedule), reference);
}

function dueInstants(schedule: Schedule, lastFired: Date, now: Date) {
  const calendar = calendarOf(schedule);
  let first: Date | undefined;
  let previous: Date | undefined;
  let latest: Instant | undefined;
  let count = 0;
  let upcoming = following(schedule, calendar, lastFired);
  while (upcoming && upcoming.dueAt <= now) {
    count += 1;
    first ??= upcoming.at;
    previous = latest?.at;
    latest = upcoming;
    if (count === COUNT_LIMIT) {
      latest = newestDue(schedule, calendar, now) ?? latest;
      [previous] = calendar.before(latest.at, 1);
    }
    upcoming = following(schedule, calendar, latest.at);
  }
  return { count, first, previous, latest, next: upcoming };
}

function following(schedule: Schedule, calendar: Calendar, reference: Date): Instant | undefined {
  const at = calendar.after(reference);
  return at && withJitter(schedule, calendar, at);
}

/** Jitter puts an instant off until the next one at most: so they fall due in their order. */
function withJitter(schedule: Schedule, calendar: Calendar, at: Date): Instant {
  const putOff = jitterMs(schedule, at);
  if (putOff === 0) return { at, dueAt: at };
  const latestDue = calendar.after(at)?.getTime() ?? Number.POSITIVE_INFINITY;
  return { at, dueAt: new Date(Math.min(at.getTime() + putOff, latestDue)) };
}

/** The newest instant, or the one before it where jitter still puts that off. */
function newestDue(schedule: Schedule, calendar: Calendar, now: Date) {
  // Croner cuts the reference to its second and looks strictly before it.
  const [newest, before] = calendar.before(new Date(now.getTime() + 1_000), 2);
  const candidates = [newest, before].flatMap((at) => (at ? [withJitter(schedule, calendar, at)] : []));
  return candidates.find(({ dueAt }) => dueAt <= now);
}
