import type { Queryable } from "@vigia/database";
import { lockOf, TASK_NAMES } from "@vigia/messages";

/**
 * `held`: a process that lives has it. `orphaned`: its holder gives no sign of life, and the lease is not over yet;
 * whoever wants the lock takes it at once. `free`: anybody may take it.
 */
export type LockState = "held" | "orphaned" | "free";

export interface Lock {
  readonly lock: string;
  /** Those that it keeps apart; none for a lock that is no task's. */
  readonly tasks: readonly string[];
  readonly state: LockState;
  /** `service@host#pid#bootId`; of a free lock, who did not give it back. */
  readonly holder: string | null;
  readonly since: Date | null;
  /** When the lease ends, or ended, unless it is renewed. */
  readonly leaseEnds: Date | null;
  /** When the holder gives up living unless it is heard of again; `null`: it is not known at all. */
  readonly holderHeardUntil: Date | null;
  /** The newest that was given out: whoever has an older one can write no more. */
  readonly fence: string | null;
  /** What runs under it. */
  readonly run: { readonly task: string; readonly executionId: string } | null;
}

export interface LocksSeen {
  /** By the database's clock, which says when a lease is over. */
  readonly now: Date;
  readonly locks: readonly Lock[];
}

interface LockRow extends Omit<Lock, "tasks" | "state" | "run"> {
  readonly now: Date;
  readonly task: string | null;
  readonly executionId: string | null;
}

/**
 * Every lock that is a task's or was ever taken. Postgres decides who has one, so it is asked alone: Redis holds a copy
 * that turns contenders away sooner. Rests on the keys of its tables and on the index `executions_running`.
 */
export async function findLocks(sql: Queryable): Promise<LocksSeen> {
  const { rows } = await sql.query<LockRow>(
    `SELECT DISTINCT ON (lock) clock_timestamp() AS now, lock, held.owner AS holder, held.since,
            held.expires_at AS "leaseEnds", owners.expires_at AS "holderHeardUntil", fences.fence::text AS fence,
            runs.job AS task, runs.execution_id AS "executionId"
       FROM (SELECT unnest($1::text[]) AS lock UNION SELECT job FROM vigia.job_fences) AS known
       LEFT JOIN vigia.job_fences AS fences ON fences.job = lock
       LEFT JOIN vigia.job_locks AS held ON held.job = lock
       LEFT JOIN vigia.owners AS owners ON owners.owner = held.owner
       LEFT JOIN vigia.executions AS runs
         ON runs.status = 'running' AND runs.instance = held.owner AND runs.fence = fences.fence
      ORDER BY lock, runs.id DESC`,
    [TASK_NAMES.map(lockOf)],
  );
  const now = rows[0]?.now ?? new Date();
  return { now, locks: rows.map((row) => readLock(row, now)) };
}

function readLock({ now: _, task, executionId, ...row }: LockRow, now: Date): Lock {
  const state = judge(row, now);
  return {
    ...row,
    tasks: TASK_NAMES.filter((each) => lockOf(each) === row.lock),
    state,
    run: state !== "free" && task !== null && executionId !== null ? { task, executionId } : null,
  };
}

function judge({ leaseEnds, holderHeardUntil }: Pick<LockRow, "leaseEnds" | "holderHeardUntil">, now: Date): LockState {
  if (leaseEnds === null || leaseEnds <= now) return "free";
  return holderHeardUntil !== null && holderHeardUntil > now ? "held" : "orphaned";
}
