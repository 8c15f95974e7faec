import type { Queryable } from "@vigia/database";
import { SEVERITIES, type Severity } from "@vigia/messages";
import type { Issue, IssueDetails, IssuePage, IssueStatus, IssueStep } from "../answers.ts";
import { containing } from "./text.ts";

const COLUMNS = `fingerprint, check_code AS "check", severity, entity_type AS "entityType", entity_id AS "entityId",
  status, evidence, occurrences, first_seen AS "firstSeen", last_seen AS "lastSeen", resolved_at AS "resolvedAt",
  snoozed_until AS "snoozedUntil", reason`;

/** Worst first, then newest. None of it changes while an issue is open, so that pages do not shift. */
const ORDER = "array_position($6::text[], severity), -extract(epoch FROM first_seen), fingerprint";

/** The steps of an issue that are shown; one that comes and goes has more. */
export const ISSUE_STEPS = 100;

export interface IssueFilter {
  readonly status?: IssueStatus | undefined;
  readonly check?: string | undefined;
  readonly severity?: Severity | undefined;
  /** The id of what it is about, or of the order that its evidence names. */
  readonly entity?: string | undefined;
  /** Anywhere in it: check, entity, reason or evidence. */
  readonly text?: string | undefined;
  /** The fingerprint of the last issue of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

const MATCHES = `($1::text IS NULL OR status = $1)
        AND ($2::text IS NULL OR check_code = $2)
        AND ($3::text IS NULL OR severity = $3)
        AND ($4::text IS NULL OR entity_id = $4 OR evidence->>'orderId' = $4)
        AND ($5::text IS NULL OR concat_ws(' ', check_code, entity_type, entity_id, reason, evidence::text) ILIKE $5)`;

/** Rests on the indexes `issues_status` and `issues_check`; what they leave is sorted. */
export async function listIssues(sql: Queryable, filter: IssueFilter): Promise<IssuePage> {
  const { status, check, severity, entity, text, before, limit } = filter;
  const asked = [status, check, severity, entity, text === undefined ? undefined : containing(text)];
  const { rows } = await sql.query<Issue>(
    `SELECT ${COLUMNS} FROM vigia.issues
      WHERE ${MATCHES}
        AND ($7::text IS NULL OR (${ORDER}) > (SELECT ${ORDER} FROM vigia.issues WHERE fingerprint = $7))
      ORDER BY ${ORDER}
      LIMIT $8`,
    [...asked, SEVERITIES, before, limit + 1],
  );
  const issues = rows.slice(0, limit);
  const matching = await sql.query<{ count: number }>(
    `SELECT count(*) AS count FROM vigia.issues WHERE ${MATCHES}`,
    asked,
  );
  const total = matching.rows[0]?.count ?? 0;
  return { issues, total, next: rows.length > limit ? (issues.at(-1)?.fingerprint ?? null) : null };
}

/** With what became of it. Rests on the indexes `issues_pkey`, `issue_history_issue`, `operator_actions_command_id_key`. */
export async function findIssue(sql: Queryable, fingerprint: string): Promise<IssueDetails | undefined> {
  const { rows } = await sql.query<Issue>(`SELECT ${COLUMNS} FROM vigia.issues WHERE fingerprint = $1`, [fingerprint]);
  if (!rows[0]) return undefined;
  const steps = await sql.query<IssueStep>(
    `SELECT change, step.at, step.reason, step.command_id AS "commandId", operator
       FROM vigia.issue_history AS step
       LEFT JOIN vigia.operator_actions AS action USING (command_id)
      WHERE fingerprint = $1
      ORDER BY step.at DESC, step.id DESC
      LIMIT $2`,
    [fingerprint, ISSUE_STEPS],
  );
  return { ...rows[0], history: steps.rows.reverse() };
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
