import type { Queryable } from "@vigia/database";
import { SEVERITIES, type Severity } from "@vigia/messages";
import type { Issue, IssuePage, IssueStatus } from "../answers.ts";

const COLUMNS = `fingerprint, check_code AS "check", severity, entity_type AS "entityType", entity_id AS "entityId",
  status, evidence, occurrences, first_seen AS "firstSeen", last_seen AS "lastSeen", resolved_at AS "resolvedAt",
  snoozed_until AS "snoozedUntil", reason`;

/** Worst first, then newest. None of it changes while an issue is open, so that pages do not shift. */
const ORDER = "array_position($1::text[], severity), -extract(epoch FROM first_seen), fingerprint";

export interface IssueFilter {
  readonly status?: IssueStatus | undefined;
  readonly check?: string | undefined;
  readonly severity?: Severity | undefined;
  /** The fingerprint of the last issue of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Rests on the indexes `issues_status` and `issues_check`; what they leave is sorted. */
export async function listIssues(sql: Queryable, filter: IssueFilter): Promise<IssuePage> {
  const { status, check, severity, before, limit } = filter;
  const { rows } = await sql.query<Issue>(
    `SELECT ${COLUMNS} FROM vigia.issues
      WHERE ($2::text IS NULL OR status = $2)
        AND ($3::text IS NULL OR check_code = $3)
        AND ($4::text IS NULL OR severity = $4)
        AND ($5::text IS NULL OR (${ORDER}) > (SELECT ${ORDER} FROM vigia.issues WHERE fingerprint = $5))
      ORDER BY ${ORDER}
      LIMIT $6`,
    [SEVERITIES, status, check, severity, before, limit + 1],
  );
  const issues = rows.slice(0, limit);
  return { issues, next: rows.length > limit ? (issues.at(-1)?.fingerprint ?? null) : null };
}

/** Rests on the index `issues_pkey`. */
export async function findIssue(sql: Queryable, fingerprint: string): Promise<Issue | undefined> {
  const { rows } = await sql.query<Issue>(`SELECT ${COLUMNS} FROM vigia.issues WHERE fingerprint = $1`, [fingerprint]);
  return rows[0];
}

/** Rests on the index `issues_status`. */
export async function countOpenIssues(sql: Queryable): Promise<Record<Severity, number>> {
  const { rows } = await sql.query<{ severity: Severity; count: number }>(
    "SELECT severity, count(*) AS count FROM vigia.issues WHERE status = 'open' GROUP BY severity",
  );
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { severity, count } of rows) counts[severity] = count;
  return counts;
}
