import type { Queryable } from "@vigia/database";
import type { TaskName } from "@vigia/messages";
import type { Schedule } from "./schedule.ts";

export interface Fired {
  readonly task: TaskName;
  readonly lastFired: Date;
  readonly paused: boolean;
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

/** The last instant of each task that had its tick. */
export async function readFired(sql: Queryable): Promise<Map<TaskName, Fired>> {
  const { rows } = await sql.query<Fired>(
    `SELECT task, last_fired AS "lastFired", paused FROM vigia.schedules WHERE last_fired IS NOT NULL`,
  );
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
