import type { Queryable } from "@vigia/database";
import { TASK_NAMES, taskDefinition } from "@vigia/messages";
import type { Job, Run } from "../answers.ts";
import { RUN_COLUMNS } from "./runs.ts";

export interface Schedule {
  readonly task: string;
  readonly cron: string;
  readonly timeZone: string | null;
  readonly lastFired: Date | null;
  readonly nextDue: Date | null;
  readonly paused: boolean;
  readonly pausedUntil: Date | null;
  readonly pauseReason: string | null;
}

/** Every task of the catalogue, in its order, with what the schedulers and the record of runs know of it. */
export async function listJobs(sql: Queryable): Promise<readonly Job[]> {
  const schedules = byTask(await listSchedules(sql));
  const lastRuns = byTask(await listLastRuns(sql));
  const running = byTask(await listRunning(sql));
  return TASK_NAMES.map((task) => {
    const schedule = schedules.get(task);
    const { description, schedule: defaultCron } = taskDefinition(task);
    return {
      task,
      description,
      cron: schedule?.cron ?? defaultCron,
      timeZone: schedule?.timeZone ?? null,
      paused: schedule?.paused ?? false,
      pausedUntil: (schedule?.paused && schedule.pausedUntil) || null,
      pauseReason: (schedule?.paused && schedule.pauseReason) || null,
      lastFired: schedule?.lastFired ?? null,
      nextDue: schedule?.nextDue ?? null,
      lastRun: lastRuns.get(task) ?? null,
      running: running.get(task) ?? null,
    };
  });
}

/** A handful of rows, one a task. */
export async function listSchedules(sql: Queryable): Promise<readonly Schedule[]> {
  const { rows } = await sql.query<Schedule>(
    `SELECT task, cron, time_zone AS "timeZone", last_fired AS "lastFired", next_due AS "nextDue", paused,
            paused_until AS "pausedUntil", pause_reason AS "pauseReason"
       FROM vigia.schedules`,
  );
  return rows;
}

/** Rests on the index `executions_by_job`. */
async function listLastRuns(sql: Queryable): Promise<readonly Run[]> {
  const { rows } = await sql.query<Run>(
    `SELECT newest.* FROM unnest($1::text[]) AS task
      CROSS JOIN LATERAL (
            SELECT ${RUN_COLUMNS} FROM vigia.executions
             WHERE job = task AND status NOT IN ('running', 'skipped')
             ORDER BY started_at DESC, execution_id DESC, attempt DESC LIMIT 1) AS newest`,
    [TASK_NAMES],
  );
  return rows;
}

/** Rests on the partial index `executions_running`. */
async function listRunning(sql: Queryable): Promise<readonly Run[]> {
  const { rows } = await sql.query<Run>(
    `SELECT ${RUN_COLUMNS} FROM vigia.executions WHERE status = 'running' ORDER BY id`,
  );
  return rows;
}

/** Of several rows of one task the last counts. */
function byTask<Row extends { readonly task: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.task, row]));
}
