import { bounded } from "../bounded.ts";
import type { Queryable } from "../queryable.ts";
import type { Holder, Taking, TrackerStore } from "./store.ts";

type PostgresLocks = Pick<TrackerStore, "take" | "renew" | "release" | "holder" | "holders">;

/** How long a taker waits for a transaction of the last holder to end. */
const FENCE_WAIT_MS = 5_000;
const LOCK_NOT_AVAILABLE = "55P03";

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

const RENEW = `
UPDATE vigia.job_locks SET expires_at = clock_timestamp() + $3 * interval '1 millisecond'
WHERE job = $1 AND token = $2 RETURNING job`;

/**
 * Does not wait for the disk: a release that Postgres forgets in a crash leaves a lock that ends with its lease, as one
 * that was never released does. A taking waits, for no fence may be given out twice, and takes earlier releases with it.
 */
const RELEASE = `
WITH haste AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
DELETE FROM vigia.job_locks USING haste WHERE job = $1 AND token = $2 RETURNING job`;

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
  readonly fence: string | number;
}

/** Locks as rows that expire with their lease, by the database's clock, and never without a fence. */
export function createPostgresLocks(sql: Queryable, timeoutMs: number): PostgresLocks {
  async function rows<R extends object>(text: string, values: readonly unknown[], waitMs = 0): Promise<R[]> {
    return (await bounded(sql.query<R>(text, values), timeoutMs + waitMs, "postgres")).rows;
  }

  async function holder(job: string) {
    return (await rows<LockRow>(`${HOLDERS} AND job = $1`, [job])).map(readHolder)[0];
  }

  return {
    async take({ job, owner, token, since }, leaseMs): Promise<Taking> {
      try {
        const values = [job, owner, token, since, Math.ceil(leaseMs), `${FENCE_WAIT_MS}ms`];
        const [taken] = await rows<Pick<LockRow, "fence">>(TAKE, values, FENCE_WAIT_MS);
        if (taken !== undefined) return { outcome: "taken", fence: BigInt(taken.fence) };
      } catch (error) {
        if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return { outcome: "busy" };
        throw error;
      }
      return { outcome: "held", holder: await holder(job) };
    },
    renew: async ({ job, token }, leaseMs) => (await rows(RENEW, [job, token, Math.ceil(leaseMs)])).length === 1,
    release: async ({ job, token }) => (await rows(RELEASE, [job, token])).length === 1,
    holder,
    holders: async () => (await rows<LockRow>(HOLDERS, [])).map(readHolder),
  };
}

function readHolder({ expires_at, fence, ...claim }: LockRow): Holder {
  return { ...claim, expiresAt: expires_at, fence: BigInt(fence) };
}
