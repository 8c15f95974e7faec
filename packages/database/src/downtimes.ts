import type { Queryable } from "./queryable.ts";

/** A time in which users could not act because of us. */
export interface Downtime {
  /** The service that was away, or `marketplace`. */
  readonly cause: string;
  readonly reason: string;
  readonly from: Date;
  /** May lie ahead: maintenance that is planned. */
  readonly to: Date;
}

export interface Downtimes {
  /** Gives what expires within it more time: see `vigia.expiry_after_downtimes`. */
  record(downtime: Downtime): Promise<void>;
}

export function downtimes(sql: Queryable): Downtimes {
  return {
    async record({ cause, reason, from, to }) {
      await sql.query(`INSERT INTO vigia.downtimes (cause, reason, started_at, ended_at) VALUES ($1, $2, $3, $4)`, [
        cause,
        reason,
        from,
        to,
      ]);
    },
  };
}
