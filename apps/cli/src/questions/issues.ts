import type { Queryable } from "@vigia/database";
import type { Severity } from "@vigia/messages";

export interface Issue {
  readonly fingerprint: string;
  readonly check: string;
  readonly severity: Severity;
  readonly status: "open" | "acknowledged" | "snoozed" | "resolved";
  readonly entityType: string;
  readonly entityId: string;
  readonly evidence: Record<string, unknown>;
  readonly occurrences: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly resolvedAt: Date | null;
  readonly snoozedUntil: Date | null;
  /** What an operator said last. */
  readonly reason: string | null;
}

/** What became of an issue. */
export interface IssueStep {
  readonly at: Date;
  readonly change: string;
  readonly reason: string | null;
}

export interface IssueQuestion {
  readonly check: string | undefined;
  readonly severity: Severity | undefined;
  /** Resolved ones too. */
  readonly all: boolean;
  readonly limit: number;
}

/** The worst first, and the newest of them. */
export async function findIssues(sql: Queryable, { check, severity, all, limit }: IssueQuestion): Promise<Issue[]> {
  const { rows } = await sql.query<Issue>(
    `SELECT fingerprint, check_code AS check, severity, status, entity_type AS "entityType", entity_id AS "entityId",
            evidence, occurrences, first_seen AS "firstSeen", last_seen AS "lastSeen", resolved_at AS "resolvedAt",
            snoozed_until AS "snoozedUntil", reason
       FROM vigia.issues
      WHERE ($1::text IS NULL OR check_code = $1)
        AND ($2::text IS NULL OR severity = $2)
        AND ($3 OR status <> 'resolved')
      ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), last_seen DESC, fingerprint
      LIMIT $4`,
    [check ?? null, severity ?? null, all, limit],
  );
  return rows;
}

/** What became of an issue, the newest last. */
export async function findHistory(sql: Queryable, fingerprint: string): Promise<IssueStep[]> {
  const { rows } = await sql.query<IssueStep>(
    `SELECT at, change, reason FROM vigia.issue_history WHERE fingerprint = $1 ORDER BY id`,
    [fingerprint],
  );
  return rows;
}
