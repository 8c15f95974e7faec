import type { Queryable } from "./queryable.ts";

/** How Vigia stands, and what a day brought. */
export interface DailyFigures {
  readonly openCritical: number;
  readonly openHigh: number;
  readonly openOther: number;
  /** Issues, within the day. */
  readonly opened: number;
  readonly resolved: number;
  /** Runs, within the day. */
  readonly completed: number;
  readonly failed: number;
  /** Orders, within the day. */
  readonly expired: number;
  /** Dead letters that wait, and notices that were given up within the day. */
  readonly deadLetters: number;
  readonly givenUp: number;
  /** Of the chain that is furthest behind. */
  readonly lagBlocks: number;
}

export interface DailyReports {
  /**
   * The day in UTC, as `2030-01-31`, whose report is due: it is this hour or later, and nobody was told under
   * `daily-report@<day>`. Rests on the index `notifications_event_id_user_id_key`.
   */
  due(hour: number): Promise<string | undefined>;
  /** Of the 24 hours before now. Rests on the indexes by age and status of each table. */
  figures(): Promise<DailyFigures>;
}

export function dailyReportId(day: string): string {
  return `daily-report@${day}`;
}

export function dailyReports(sql: Queryable): DailyReports {
  return {
    async due(hour) {
      const { rows } = await sql.query<{ day: string }>(
        `SELECT day FROM (SELECT (now() AT TIME ZONE 'UTC')::date::text AS day) AS today
          WHERE extract(hour FROM now() AT TIME ZONE 'UTC') >= $1
            AND NOT EXISTS (SELECT FROM vigia.notifications WHERE event_id = 'daily-report@' || day)`,
        [hour],
      );
      return rows[0]?.day;
    },

    async figures() {
      const { rows } = await sql.query<DailyFigures>(FIGURES);
      return rows[0] as DailyFigures;
    },
  };
}

const FIGURES = `
WITH day AS (SELECT now() - interval '1 day' AS since)
SELECT (SELECT count(*) FROM vigia.issues WHERE status = 'open' AND severity = 'critical') AS "openCritical",
       (SELECT count(*) FROM vigia.issues WHERE status = 'open' AND severity = 'high') AS "openHigh",
       (SELECT count(*) FROM vigia.issues WHERE status = 'open' AND severity IN ('medium', 'low')) AS "openOther",
       (SELECT count(*) FROM vigia.issue_history, day WHERE at > since AND change = 'opened') AS opened,
       (SELECT count(*) FROM vigia.issue_history, day WHERE at > since AND change = 'resolved') AS resolved,
       (SELECT count(*) FROM vigia.executions, day WHERE ended_at > since AND status = 'completed') AS completed,
       (SELECT count(*) FROM vigia.executions, day WHERE ended_at > since AND status = 'failed') AS failed,
       (SELECT coalesce(sum((counts->>'expired')::bigint), 0)::bigint FROM vigia.cleanup_reports, day WHERE at > since)
         AS expired,
       (SELECT count(*) FROM vigia.dead_letters WHERE resolved_at IS NULL) AS "deadLetters",
       (SELECT count(*) FROM vigia.deliveries, day
         WHERE outcome IN ('refused', 'given-up') AND outcome = 'given-up' AND ended_at > since) AS "givenUp",
       (SELECT coalesce(max(lag_blocks), 0) FROM vigia.chain_cursors) AS "lagBlocks"`;
