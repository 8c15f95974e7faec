import { bounded } from "../bounded.ts";
import { toJson } from "../json.ts";
import { formatOwner } from "../owner.ts";
import type { Queryable } from "../queryable.ts";
import { createPostgresExecutions } from "./postgres-executions.ts";
import type { Holder, Taking, TrackerStore } from "./store.ts";

export interface PostgresStoreOptions {
  readonly sql: Queryable;
  /** How long any one statement may take, except the taking of a lock. */
  readonly timeoutMs: number;
}

/** How long a taker waits for a transaction of the last holder to end. */
const FENCE_WAIT_MS = 5_000;
const LOCK_NOT_AVAILABLE = "55P03";
const OWNERS_KEPT = "7 days";

/**
 * Lock and fence in one statement: either both are taken or neither. The fence's row is held for sharing by whatever the
 * last holder still has in a transaction (see `assertFence`), so this waits for it, but no longer than the lock timeout,
 * which is local to the statement's own transaction.
 */
const TAKE = `
WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', $6, true)),
taken AS (
  INSERT INTO vigia.job_locks AS held (job, owner, token, since, expires_at)
  SELECT $1, $2, $3, $4::timestamptz, clock_timestamp() + $5 * interval '1 millisecond' FROM patience
  ON CONFLICT (job) DO UPDATE SET owner = excluded.owner, token = excluded.token, since = excluded.since,
    expires_at = excluded.expires_at
  WHERE held.expires_at <= clock_timestamp()
  RETURNING job
)
INSERT INTO vigia.job_fences AS newest (job, fence) SELECT job, 1 FROM taken
ON CONFLICT (job) DO UPDATE SET fence = newest.fence + 1
RETURNING fence`;

const HOLDERS = `
SELECT job, owner, token, since, expires_at, fence
FROM vigia.job_locks JOIN vigia.job_fences USING (job)
WHERE expires_at > clock_timestamp()`;

interface LockRow {
  readonly job: string;
  readonly owner: string;
  readonly token: string;
  readonly since: Date;
  readonly expires_at: Date;
  readonly fence: string;
}

/** The store in Postgres, in the tables of schema `vigia`. Leases are measured by the database's clock. */
export function createPostgresStore({ sql, timeoutMs }: PostgresStoreOptions): TrackerStore {
  async function rows<R extends object>(text: string, values: readonly unknown[], waitMs = 0): Promise<R[]> {
    return (await bounded(sql.query<R>(text, values), timeoutMs + waitMs, "postgres")).rows;
  }

  async function holder(job: string) {
    return (await rows<LockRow>(`${HOLDERS} AND job = $1`, [job])).map(readHolder)[0];
  }

  return {
    ...createPostgresExecutions(sql, timeoutMs),
    async open() {},
    async close() {},

    async beat(owner, ttlMs) {
      await rows(
        `INSERT INTO vigia.owners (owner, service, host, pid, boot_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 millisecond')
         ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at`,
        [formatOwner(owner), owner.service, owner.host, owner.pid, owner.bootId, ttlMs],
      );
    },
    async retire(owner) {
      await rows(
        `DELETE FROM vigia.owners WHERE owner = $1 OR expires_at < clock_timestamp() - interval '${OWNERS_KEPT}'`,
        [owner],
      );
    },
    async isAlive(owner) {
      const text = "SELECT owner FROM vigia.owners WHERE owner = $1 AND expires_at > clock_timestamp()";
      return (await rows(text, [owner])).length === 1;
    },

    async take({ job, owner, token, since }, leaseMs): Promise<Taking> {
      try {
        const values = [job, owner, token, since, Math.ceil(leaseMs), `${FENCE_WAIT_MS}ms`];
        const [taken] = await rows<{ fence: string }>(TAKE, values, FENCE_WAIT_MS);
        if (taken !== undefined) return { outcome: "taken", fence: BigInt(taken.fence) };
      } catch (error) {
        if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return { outcome: "busy" };
        throw error;
      }
      return { outcome: "held", holder: await holder(job) };
    },
    async renew({ job, token }, leaseMs) {
      const text = `
        UPDATE vigia.job_locks SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
        WHERE job = $1 AND token = $2 RETURNING job`;
      return (await rows(text, [job, token, Math.ceil(leaseMs)])).length === 1;
    },
    async release({ job, token }) {
      const text = "DELETE FROM vigia.job_locks WHERE job = $1 AND token = $2 RETURNING job";
      return (await rows(text, [job, token])).length === 1;
    },
    holder,
    async holders() {
      return (await rows<LockRow>(HOLDERS, [])).map(readHolder);
    },

    async saveState(job, { state, savedAt }, ttlMs) {
      await rows(
        `INSERT INTO vigia.job_state (job, state, saved_at, expires_at)
         VALUES ($1, $2::jsonb, $3, clock_timestamp() + $4 * interval '1 millisecond')
         ON CONFLICT (job) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at,
           expires_at = excluded.expires_at`,
        [job, toJson(state), savedAt, ttlMs],
      );
    },
    async getState(job) {
      const text = "SELECT state, saved_at FROM vigia.job_state WHERE job = $1 AND expires_at > clock_timestamp()";
      const [row] = await rows<{ state: unknown; saved_at: Date }>(text, [job]);
      return row && { state: row.state, savedAt: row.saved_at };
    },
  };
}

function readHolder({ expires_at, fence, ...claim }: LockRow): Holder {
  return { ...claim, expiresAt: expires_at, fence: BigInt(fence) };
}
