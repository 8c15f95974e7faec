import type { Queryable } from "@vigia/database";
import type { TaskName } from "@vigia/messages";
import { instantAfter } from "./due.ts";
import type { Schedule } from "./schedule.ts";

export interface Fired {
  readonly task: TaskName;
  /** The last instant that was dealt with: it had its tick, or was skipped. */
  readonly lastFired: Date;
  /** The instant whose tick is going out. It has its tick, or is skipped, before any later one is looked at. */
  readonly announced: Date | null;
  readonly paused: boolean;
  readonly pausedUntil: Date | null;
  readonly pauseReason: string | null;
}

/**
 * Writes down the schedules, in one transaction. One that is new counts from `now`: what was due before is nobody's to
 * catch up.
 */
export async function registerSchedules(tx: Queryable, schedules: readonly Schedule[], now: Date): Promise<void> {
  // It locks the rows in the schedules' order, so that several that start at once wait for each other.
  const { rows } = await tx.query<{ task: TaskName; lastFired: Date }>(
    `INSERT INTO vigia.schedules (task, cron, time_zone, last_fired)
     SELECT task, cron, time_zone, $4
       FROM unnest($1::text[], $2::text[], $3::text[]) AS schedule (task, cron, time_zone)
         ON CONFLICT (task) DO UPDATE
        SET cron = excluded.cron, time_zone = excluded.time_zone,
            last_fired = COALESCE(schedules.last_fired, excluded.last_fired), updated_at = now()
  RETURNING task, last_fired AS "lastFired"`,
    [
      schedules.map(({ task }) => task),
      schedules.map(({ cron }) => cron),
      schedules.map(({ timeZone }) => timeZone),
      now,
    ],
  );
  const lastFired = new Map(rows.map((row) => [row.task, row.lastFired]));
  await tx.query(
    `UPDATE vigia.schedules SET next_due = upcoming.at
       FROM unnest($1::text[], $2::timestamptz[]) AS upcoming (task, at)
      WHERE schedules.task = upcoming.task AND NOT paused`,
    [
      schedules.map(({ task }) => task),
      schedules.map((schedule) => instantAfter(schedule, lastFired.get(schedule.task) ?? now)?.dueAt ?? null),
    ],
  );
}

const COLUMNS = `
  task, last_fired AS "lastFired", announced, paused, paused_until AS "pausedUntil", pause_reason AS "pauseReason"`;

/** How far each schedule has come. */
export async function readFired(sql: Queryable): Promise<Map<TaskName, Fired>> {
  const { rows } = await sql.query<Fired>(`SELECT ${COLUMNS} FROM vigia.schedules WHERE last_fired IS NOT NULL`);
  return new Map(rows.map((row) => [row.task, row]));
}

export interface Advance {
  /** Where the schedule was when this was decided: nothing happens if it is there no more. */
  readonly lastFired: Date;
  /** The last of the instants that are skipped. */
  readonly skippedTo: Date | undefined;
  readonly announced: Date | undefined;
  readonly nextDue: Date | undefined;
}

/**
 * Announces the next tick, and passes over what is skipped before it. False: another replica has come first, or the
 * schedule is paused.
 */
export async function advance(sql: Queryable, task: TaskName, to: Advance): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE vigia.schedules
        SET announced = $3::timestamptz, last_fired = COALESCE($4::timestamptz, last_fired), next_due = $5, updated_at = now()
      WHERE task = $1 AND announced IS NULL AND NOT paused AND date_trunc('milliseconds', last_fired) = $2 RETURNING 1`,
    [task, to.lastFired, to.announced ?? null, to.skippedTo ?? null, to.nextDue ?? null],
  );
  return rowCount > 0;
}

/** Notes that the instant that was announced is dealt with. False: another replica has noted it. */
export async function noteFired(sql: Queryable, task: TaskName, at: Date, next: Date | undefined): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE vigia.schedules
        SET last_fired = GREATEST(last_fired, $2), announced = NULL, updated_at = now(),
            next_due = CASE WHEN paused THEN NULL WHEN last_fired > $2 THEN next_due ELSE $3 END
      WHERE task = $1 AND announced = $2 RETURNING 1`,
    [task, at, next ?? null],
  );
  return rowCount > 0;
}

/** Pauses the schedules, or changes the end and reason of their pause. */
export async function pauseSchedules(
  sql: Queryable,
  tasks: readonly TaskName[],
  { until, reason }: { readonly until: Date | undefined; readonly reason: string | undefined },
): Promise<void> {
  await sql.query(
    `UPDATE vigia.schedules
        SET paused = true, paused_until = $2, pause_reason = $3, next_due = NULL, updated_at = now()
      WHERE task = ANY($1::text[])`,
    [tasks, until ?? null, reason ?? null],
  );
}

/** Locks the paused ones among these schedules for the rest of the transaction. */
export async function lockPaused(sql: Queryable, tasks: readonly TaskName[]): Promise<readonly Fired[]> {
  const { rows } = await sql.query<Fired>(
    `SELECT ${COLUMNS} FROM vigia.schedules WHERE task = ANY($1::text[]) AND paused ORDER BY task FOR UPDATE`,
    [tasks],
  );
  return rows;
}

/** Ends a pause; the schedule goes on behind `from`, with its next tick at `next`. */
export async function resumeSchedule(
  sql: Queryable,
  task: TaskName,
  from: Date,
  next: Date | undefined,
): Promise<void> {
  await sql.query(
    `UPDATE vigia.schedules
        SET paused = false, paused_until = NULL, pause_reason = NULL, last_fired = $2, next_due = $3, updated_at = now()
      WHERE task = $1`,
    [task, from, next ?? null],
  );
}
