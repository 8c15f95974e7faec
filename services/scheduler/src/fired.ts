import type { Queryable } from "@vigia/database";
import type { TaskName } from "@vigia/messages";
import type { Schedule } from "./schedule.ts";

export interface Fired {
  readonly task: TaskName;
  /** The last instant that was dealt with: it had its tick, or was skipped. */
  readonly lastFired: Date;
  readonly paused: boolean;
  readonly pausedUntil: Date | null;
  readonly pauseReason: string | null;
}

/** Writes down the schedules. One that is new counts from `now`: what was due before is nobody's to catch up. */
export async function registerSchedules(sql: Queryable, schedules: readonly Schedule[], now: Date): Promise<void> {
  await sql.query(
    `INSERT INTO vigia.schedules (task, cron, last_fired)
     SELECT task, cron, $3 FROM unnest($1::text[], $2::text[]) AS schedule (task, cron)
         ON CONFLICT (task) DO UPDATE SET cron = excluded.cron, updated_at = now()`,
    [schedules.map(({ task }) => task), schedules.map(({ cron }) => cron), now],
  );
}

const COLUMNS = `
  task, last_fired AS "lastFired", paused, paused_until AS "pausedUntil", pause_reason AS "pauseReason"`;

/** How far each schedule has come. */
export async function readFired(sql: Queryable): Promise<Map<TaskName, Fired>> {
  const { rows } = await sql.query<Fired>(`SELECT ${COLUMNS} FROM vigia.schedules WHERE last_fired IS NOT NULL`);
  return new Map(rows.map((row) => [row.task, row]));
}

/** Notes that this instant had its tick. False: another replica has noted it, or a later one. */
export async function noteFired(sql: Queryable, task: TaskName, at: Date, next: Date | undefined): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE vigia.schedules SET last_fired = $2, next_due = $3, updated_at = now()
      WHERE task = $1 AND last_fired < $2 RETURNING 1`,
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

/** Ends a pause; the schedule goes on behind `from`. */
export async function resumeSchedule(sql: Queryable, task: TaskName, from: Date): Promise<void> {
  await sql.query(
    `UPDATE vigia.schedules
        SET paused = false, paused_until = NULL, pause_reason = NULL, last_fired = GREATEST(last_fired, $2),
            updated_at = now()
      WHERE task = $1`,
    [task, from],
  );
}
