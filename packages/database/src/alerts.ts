import type { Severity } from "@vigia/messages";
import type { Queryable } from "./queryable.ts";

/** How patient messages about findings are. */
export interface AlertTimes {
  /** From the first change of a group to its message: what comes meanwhile is told with it. */
  readonly waitSeconds: number;
  /** The least time between two messages about one group. */
  readonly intervalSeconds: number;
  /** When a group that stays as it was is told again. */
  readonly repeatSeconds: number;
}

/** The findings of one check together, and what became of them since operators were told. */
export interface AlertGroup {
  readonly check: string;
  readonly severity: Severity;
  /** What the check says of each of them. */
  readonly meaning: string;
  /** Whether operators know of the group. */
  readonly told: boolean;
  /** Whether the last message is so long ago that it is to be repeated. */
  readonly repeats: boolean;
  /** Open now. */
  readonly open: number;
  /** Acknowledged, or put off. */
  readonly quiet: number;
  /** Open, and not told yet. */
  readonly opened: number;
  /** Told as open, and resolved since. */
  readonly resolved: number;
  /** Some of the entities: those not told yet first; where none is open, those that were told and are no longer. */
  readonly sample: readonly string[];
}

export interface Alerts {
  /** Notes that a finding of this check changed. */
  changed(group: Pick<AlertGroup, "check" | "severity" | "meaning">): Promise<void>;
  /**
   * The next group that is due, as it stands in this instant: what is open in it counts as told from now on. Nobody else
   * gets it before this transaction ends, by when it must be closed. `undefined` where none is due.
   */
  take(times: AlertTimes, sampleSize: number): Promise<AlertGroup | undefined>;
  /** Leaves a group alone until it changes or is to be repeated; `tells`: operators are told of it in this transaction. */
  close(group: AlertGroup, tells: boolean): Promise<void>;
}

type DueGroup = Pick<AlertGroup, "check" | "severity" | "meaning" | "told" | "repeats">;
type Changes = Omit<AlertGroup, keyof DueGroup>;

export function alerts(sql: Queryable): Alerts {
  return {
    async changed({ check, severity, meaning }) {
      // A group that is known to have changed is not written again: thousands of findings are thousands of changes.
      await sql.query(
        `INSERT INTO vigia.alert_groups AS known (check_code, severity, meaning, changed_at) VALUES ($1, $2, $3, now())
             ON CONFLICT (check_code) DO UPDATE
            SET severity = excluded.severity, meaning = excluded.meaning, changed_at = excluded.changed_at
          WHERE known.changed_at IS NULL`,
        [check, severity, meaning],
      );
    },

    async take({ waitSeconds, intervalSeconds, repeatSeconds }, sampleSize) {
      const due = await sql.query<DueGroup>(
        `SELECT check_code AS "check", severity, meaning, told_at IS NOT NULL AS told,
                COALESCE(told_at <= now() - make_interval(secs => $3), false) AS repeats
           FROM vigia.alert_groups
          WHERE (changed_at <= now() - make_interval(secs => $1)
                 AND (told_at IS NULL OR told_at <= now() - make_interval(secs => $2)))
             OR (open > 0 AND told_at <= now() - make_interval(secs => $3))
          ORDER BY check_code LIMIT 1
            FOR UPDATE SKIP LOCKED`,
        [waitSeconds, intervalSeconds, repeatSeconds],
      );
      const [group] = due.rows;
      if (!group) return undefined;
      const { rows } = await sql.query<Changes>(CHANGES, [group.check, sampleSize]);
      const [changes] = rows;
      return changes && { ...group, ...changes };
    },

    async close({ check, open, quiet }, tells) {
      if (open + quiet === 0) {
        await sql.query("DELETE FROM vigia.alert_groups WHERE check_code = $1", [check]);
      } else {
        await sql.query(
          `UPDATE vigia.alert_groups
              SET changed_at = NULL, open = $2, told_at = CASE WHEN $3 THEN now() ELSE told_at END
            WHERE check_code = $1`,
          [check, open, tells],
        );
      }
    },
  };
}

/** One statement, so that it counts and keeps the same findings whatever is written meanwhile. By issues_check. */
const CHANGES = `
  WITH standing AS (
    SELECT fingerprint, entity_type || ' ' || entity_id AS entity, status = 'open' AS open
      FROM vigia.issues WHERE check_code = $1 AND status <> 'resolved'
  ), opened AS (
    INSERT INTO vigia.alerts (fingerprint, check_code, entity)
    SELECT fingerprint, $1, entity FROM standing WHERE open
        ON CONFLICT (fingerprint) DO NOTHING
    RETURNING fingerprint
  ), closed AS (
    DELETE FROM vigia.alerts AS told
     WHERE check_code = $1
       AND NOT EXISTS (SELECT FROM standing WHERE standing.fingerprint = told.fingerprint AND standing.open)
    RETURNING fingerprint, entity
  ), resolved AS (
    SELECT entity FROM closed WHERE NOT EXISTS (SELECT FROM standing WHERE standing.fingerprint = closed.fingerprint)
  ), counted AS (
    SELECT count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE NOT open) AS quiet,
           (SELECT count(*) FROM opened) AS opened, (SELECT count(*) FROM resolved) AS resolved
      FROM standing
  )
  SELECT counted.*,
         CASE WHEN open > 0
              THEN ARRAY(SELECT entity FROM standing LEFT JOIN opened USING (fingerprint) WHERE standing.open
                          ORDER BY opened.fingerprint IS NULL, entity LIMIT $2)
              ELSE ARRAY(SELECT entity FROM resolved ORDER BY entity LIMIT $2)
          END AS sample
    FROM counted`;
