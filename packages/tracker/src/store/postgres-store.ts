import { bounded } from "../bounded.ts";
import { toJson } from "../json.ts";
import { formatOwner } from "../owner.ts";
import type { Queryable } from "../queryable.ts";
import { createPostgresExecutions } from "./postgres-executions.ts";
import { createPostgresLocks } from "./postgres-locks.ts";
import type { TrackerStore } from "./store.ts";

export interface PostgresStoreOptions {
  readonly sql: Queryable;
  /** How long any one statement may take, except the taking of a lock. */
  readonly timeoutMs: number;
}

/** How long the rows of owners that ended without a word are kept. */
const OWNERS_KEPT = "7 days";

/** The store in Postgres, in the tables of schema `vigia`. Times run by the database's clock. */
export function createPostgresStore({ sql, timeoutMs }: PostgresStoreOptions): TrackerStore {
  async function rows<R extends object>(text: string, values: readonly unknown[]): Promise<R[]> {
    return (await bounded(sql.query<R>(text, values), timeoutMs, "postgres")).rows;
  }

  return {
    ...createPostgresLocks(sql, timeoutMs),
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
