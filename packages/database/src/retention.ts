import type { Queryable } from "./queryable.ts";

/**
 * What grows without end, when a row of it is old, and the order in which old rows are found. A row that something
 * still depends on has no age: a run under way, an event that waits for the bus, a finding that is open. The
 * marketplace's own records are not here: they are never deleted.
 */
const AGED = {
  // notifications_age
  notifications: { table: "vigia.notifications", age: "created_at", order: "created_at" },
  // The primary key: the oldest runs have the lowest numbers.
  executions: { table: "vigia.executions", age: "ended_at", order: "id" },
  // outbox_relayed
  outbox: { table: "vigia.outbox", age: "relayed_at", order: "relayed_at" },
  // handled_messages_age
  handledMessages: { table: "vigia.handled_messages", age: "handled_at", order: "handled_at" },
  // failed_tries_age
  failedTries: { table: "vigia.failed_tries", age: "failed_at", order: "failed_at" },
  // event_feed_at
  eventFeed: { table: "vigia.event_feed", age: "at", order: "at" },
  // issues_status; a finding that comes back keeps its old `resolved_at` nowhere, so this is its last end.
  resolvedIssues: { table: "vigia.issues", age: "resolved_at", order: "last_seen", only: "status = 'resolved'" },
  // issue_history_age
  issueHistory: { table: "vigia.issue_history", age: "at", order: "at" },
  resolvedDeadLetters: { table: "vigia.dead_letters", age: "resolved_at", order: "sequence" },
} as const satisfies Record<string, AgedRows>;

export type Aged = keyof typeof AGED;

export interface Retention {
  /**
   * Deletes up to `limit` rows that were older than `days` at `at`, oldest first; returns how many. An instant in the
   * future counts as now, so that a wrong clock elsewhere deletes nothing that is young.
   */
  purge(what: Aged, age: Age, limit: number): Promise<number>;
  /** How many rows `purge` would delete, without a limit. */
  count(what: Aged, age: Age): Promise<number>;
}

export interface Age {
  readonly at: Date;
  readonly days: number;
}

interface AgedRows {
  readonly table: string;
  readonly age: string;
  readonly order: string;
  readonly only?: string;
}

export function retention(sql: Queryable): Retention {
  return {
    async purge(what, { at, days }, limit) {
      const aged: AgedRows = AGED[what];
      const { rowCount } = await sql.query(
        `DELETE FROM ${aged.table}
          WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM ${aged.table}
             WHERE ${isOld(aged)}
             ORDER BY ${aged.order}
             LIMIT $3
               FOR UPDATE SKIP LOCKED))`,
        [at, days, limit],
      );
      return rowCount;
    },
    async count(what, { at, days }) {
      const aged: AgedRows = AGED[what];
      const { rows } = await sql.query<{ count: number }>(
        `SELECT count(*) AS count FROM ${aged.table} WHERE ${isOld(aged)}`,
        [at, days],
      );
      return rows[0]?.count ?? 0;
    },
  };
}

function isOld({ age, only = "true" }: AgedRows): string {
  return `${age} < LEAST($1::timestamptz, now()) - make_interval(days => $2) AND ${only}`;
}
