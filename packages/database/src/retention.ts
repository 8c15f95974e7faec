import type { Queryable } from "./queryable.ts";
import { walkIndexes } from "./walk-indexes.ts";

/**
 * What grows without end, and when a row of it is old. A row that something still depends on has no age: a run under way,
 * an event that waits for the bus, a finding that is open. Each age has its index. The marketplace's own records are not
 * here: they are never deleted.
 */
const AGED = {
  // notifications_age
  notifications: { table: "vigia.notifications", age: "created_at" },
  // executions_age
  executions: { table: "vigia.executions", age: "ended_at" },
  // outbox_relayed
  outbox: { table: "vigia.outbox", age: "relayed_at" },
  // handled_messages_age
  handledMessages: { table: "vigia.handled_messages", age: "handled_at" },
  // failed_tries_age
  failedTries: { table: "vigia.failed_tries", age: "failed_at" },
  // Left by runs that ended as dead letters, for a replay goes on from there. No index: there are few, and each step of
  // a run moves one.
  checkpoints: { table: "vigia.checkpoints", age: "updated_at" },
  // event_feed_at
  eventFeed: { table: "vigia.event_feed", age: "at" },
  // issues_age; a finding that comes back keeps its old `resolved_at` nowhere, so this is its last end.
  resolvedIssues: { table: "vigia.issues", age: "resolved_at", only: "status = 'resolved'" },
  // issue_history_age
  issueHistory: { table: "vigia.issue_history", age: "at" },
  // dead_letters_age
  resolvedDeadLetters: { table: "vigia.dead_letters", age: "resolved_at" },
  // cleanup_reports_at
  cleanupReports: { table: "vigia.cleanup_reports", age: "at" },
  // cancellations_age
  cancellations: { table: "vigia.cancellations", age: "at" },
  // operator_actions_age
  operatorActions: { table: "vigia.operator_actions", age: "at" },
} as const satisfies Record<string, AgedRows>;

export type Aged = keyof typeof AGED;

export interface Purged {
  readonly rows: number;
  /** The age of the last row, exact, for the next batch to begin at; `null` where there was none. */
  readonly last: string | null;
}

export interface Retention {
  /**
   * Deletes up to `limit` rows that were older than `days` at `at`, oldest first. An instant in the future counts as
   * now, so that a wrong clock elsewhere deletes nothing that is young. `from`: where the batch before this one ended;
   * without it each batch would first walk over all that those before it have deleted, until they are vacuumed.
   */
  purge(what: Aged, age: Age, limit: number, from?: string): Promise<Purged>;
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
  readonly only?: string;
}

export function retention(sql: Queryable): Retention {
  return {
    async purge(what, { at, days }, limit, from) {
      const aged: AgedRows = AGED[what];
      await walkIndexes(sql);
      const { rows } = await sql.query<Purged>(
        `WITH gone AS (
           DELETE FROM ${aged.table}
            WHERE ctid = ANY(ARRAY(
              SELECT ctid FROM ${aged.table}
               WHERE ${isOld(aged)} AND ${aged.age} >= $4
               ORDER BY ${aged.age}
               LIMIT $3
                 FOR UPDATE SKIP LOCKED))
           RETURNING ${aged.age} AS age
         )
         SELECT count(*)::int AS rows, max(age)::text AS last FROM gone`,
        [at, days, limit, from ?? "-infinity"],
      );
      return rows[0] ?? { rows: 0, last: null };
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
