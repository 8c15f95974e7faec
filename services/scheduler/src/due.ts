import { Cron } from "croner";
import type { Schedule } from "./schedule.ts";

/** A tick that is later than this was missed: no scheduler was there at its instant. */
const LATE_AFTER_MS = 5_000;
/** Beyond it, missed instants are no longer counted one by one. */
const COUNT_LIMIT = 1_000;

export interface Due {
  /** The newest instant that is due and has had no tick; `undefined` where there is none. */
  readonly fire: { readonly at: Date; readonly catchUp: boolean } | undefined;
  /** Earlier instants that this one tick stands for; counting ends at 1,000. */
  readonly coalesced: number;
  /** The first instant after `now`; `undefined` where the schedule never comes again. */
  readonly next: Date | undefined;
}

/**
 * What is due at `now`, given the last instant that had its tick. Pure: the same question has the same answer in every
 * replica. A clock that was set back finds `lastFired` in its future, and fires nothing twice.
 */
export function whatIsDue(schedule: Schedule, lastFired: Date, now: Date): Due {
  const cron = new Cron(schedule.cron, { timezone: schedule.timeZone, paused: true });
  const next = cron.nextRun(now) ?? undefined;
  let latest: Date | undefined;
  let count = 0;
  for (let at = cron.nextRun(lastFired); at && at <= now; at = cron.nextRun(at)) {
    count += 1;
    latest = at;
    if (count === COUNT_LIMIT) {
      latest = newestUntil(cron, now) ?? at;
      break;
    }
  }
  if (!latest) return { fire: undefined, coalesced: 0, next };
  const catchUp = now.getTime() - latest.getTime() > LATE_AFTER_MS;
  return { fire: { at: latest, catchUp }, coalesced: count - 1, next };
}

/** Croner cuts the reference to its second and looks strictly before it. */
function newestUntil(cron: Cron, now: Date): Date | undefined {
  return cron.previousRuns(1, new Date(now.getTime() + 1_000))[0];
}
