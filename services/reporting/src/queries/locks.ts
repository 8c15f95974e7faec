import type { Queryable } from "@vigia/database";
import { lockOf, TASK_NAMES } from "@vigia/messages";
import type { Lock } from "../answers.ts";

/** Who holds a lock, as the tracker says it. */
export interface HolderOf {
  holder(lock: string): Promise<{ readonly owner: string; readonly since: Date; readonly expiresAt: Date } | undefined>;
}

interface Writer {
  readonly lock: string;
  readonly fence: string;
  /** The run that has this fence, where one is on record. */
  readonly task: string | null;
  readonly executionId: string | null;
}

const LOCKS = [...new Set(TASK_NAMES.map(lockOf))];

/** The lock of every task, held or free, with the newest fence that Postgres gave out for it. */
export async function listLocks(sql: Queryable, tracker: HolderOf): Promise<readonly Lock[]> {
  const writers = new Map((await listWriters(sql)).map((writer) => [writer.lock, writer]));
  return Promise.all(
    LOCKS.map(async (lock) => {
      const holder = await tracker.holder(lock);
      const writer = writers.get(lock);
      return {
        lock,
        tasks: TASK_NAMES.filter((task) => lockOf(task) === lock),
        fence: writer?.fence ?? null,
        holder: holder
          ? {
              owner: holder.owner,
              since: holder.since,
              expiresAt: holder.expiresAt,
              task: writer?.task ?? null,
              executionId: writer?.executionId ?? null,
            }
          : null,
      };
    }),
  );
}

/** Rests on the indexes `job_fences_pkey` and `executions_running`. */
async function listWriters(sql: Queryable): Promise<readonly Writer[]> {
  const { rows } = await sql.query<Writer>(
    `SELECT fences.job AS lock, fences.fence::text AS fence, runs.job AS task, execution_id AS "executionId"
       FROM vigia.job_fences AS fences
       JOIN unnest($1::text[], $2::text[]) AS tasks (lock, task) ON tasks.lock = fences.job
       LEFT JOIN vigia.executions AS runs
         ON runs.status = 'running' AND runs.job = tasks.task AND runs.fence = fences.fence
      ORDER BY runs.id NULLS FIRST`,
    [TASK_NAMES.map(lockOf), TASK_NAMES],
  );
  return rows;
}
