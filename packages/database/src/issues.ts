import type { Severity } from "@vigia/messages";
import type { Queryable } from "./queryable.ts";

export type IssueStatus = "open" | "acknowledged" | "snoozed" | "resolved";

/** A finding through its life. It is one row however often it comes back. */
export interface Issue {
  /** What makes two findings the same: the check and the entity. */
  readonly fingerprint: string;
  readonly check: string;
  readonly severity: Severity;
  readonly entityType: string;
  readonly entityId: string;
  readonly status: IssueStatus;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** How often it was opened. */
  readonly occurrences: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** When it is open again by itself. */
  readonly snoozedUntil: Date | null;
  /** How often it was opened within the last day. */
  readonly openedToday: number;
}

/** One issue, several, or all of a check. */
export interface WhichIssues {
  readonly fingerprint?: string | undefined;
  readonly fingerprints?: readonly string[] | undefined;
  readonly check?: string | undefined;
}

/** What somebody says of issues that are not resolved. */
export interface IssueMark {
  readonly change: "acknowledged" | "snoozed" | "reopened";
  readonly reason?: string | undefined;
  /** Of a snooze. */
  readonly until?: Date | undefined;
  /** By which it was said. */
  readonly commandId: string;
}

export interface OpenCount {
  readonly check: string;
  readonly severity: Severity;
  readonly open: number;
}

/** Of what a check looked at: entities after one, up to another, in the order of their bytes. */
export interface EntityRange {
  readonly after?: string | undefined;
  readonly upTo?: string | undefined;
}

/** By their kinds, the checks from whose findings others follow. */
export interface CauseChecks {
  /** Of those that find something on one trade. */
  readonly ofTrades: readonly string[];
  /** Of those that find something on a contract, and so on every trade there. */
  readonly ofContracts: readonly string[];
}

/** A finding from which others may follow: an issue that is not resolved, or one that was kept back. */
export interface Cause extends Pick<Issue, "check" | "entityType" | "entityId" | "evidence"> {
  /** When it was last found, of an issue; `null`: no issue was opened for it. */
  readonly lastSeen: Date | null;
}

export interface Issues {
  /**
   * Writes issues as they are now, and what became of them. One that somebody acknowledged stays so until it is
   * resolved, one that was snoozed until then or its time.
   */
  save(changes: readonly { readonly change: string; readonly issue: Issue }[]): Promise<void>;
  /** Notes what somebody said, and returns the issues that it changed: none that are so already, or resolved. */
  mark(which: WhichIssues, mark: IssueMark): Promise<Issue[]>;
  /** Notes that these were found again. */
  seen(fingerprints: readonly string[], at: Date): Promise<void>;
  /** The issues that are not resolved, counted by check. */
  countOpen(): Promise<OpenCount[]>;
}

const COLUMNS = `fingerprint, check_code AS "check", severity, entity_type AS "entityType", entity_id AS "entityId",
                status, evidence, occurrences, first_seen AS "firstSeen", last_seen AS "lastSeen",
                snoozed_until AS "snoozedUntil",
                (SELECT count(*) FROM vigia.issue_history AS h
                  WHERE h.fingerprint = i.fingerprint AND change = 'opened' AND at > now() - interval '1 day')::int
                  AS "openedToday"`;

/** The trade that an issue is about, as an index has it: its order, or its escrow, or the entity itself. */
export const TRADE = `coalesce(evidence->>'orderId', evidence->>'escrow', entity_id)`;

async function note(
  sql: Queryable,
  changes: readonly { readonly change: string; readonly issue: Issue }[],
  { reason, commandId }: Partial<Pick<IssueMark, "reason" | "commandId">> = {},
): Promise<void> {
  await sql.query(
    `INSERT INTO vigia.issue_history (fingerprint, change, reason, command_id)
     SELECT fingerprint, change, $3, $4 FROM unnest($1::text[], $2::text[]) AS noted (fingerprint, change)`,
    [
      changes.map(({ issue }) => issue.fingerprint),
      changes.map(({ change }) => change),
      reason ?? null,
      commandId ?? null,
    ],
  );
}

export async function readIssues(sql: Queryable, fingerprints: readonly string[]): Promise<Issue[]> {
  if (fingerprints.length === 0) return [];
  const { rows } = await sql.query<Issue>(
    `SELECT ${COLUMNS} FROM vigia.issues AS i WHERE fingerprint = ANY($1::text[])`,
    [fingerprints],
  );
  return rows;
}

/**
 * The first issues of a check that are not resolved, in the order of their entities; with `trades`, of those alone. By
 * `issues_of_check`, or `issues_trade`.
 */
export async function readOpenIssues(
  sql: Queryable,
  check: string,
  { after, upTo }: EntityRange,
  most: number,
  trades?: readonly string[],
): Promise<Issue[]> {
  const { rows } = await sql.query<Issue>(
    `SELECT ${COLUMNS} FROM vigia.issues AS i
      WHERE check_code = $1 AND status <> 'resolved'
        AND ($2::text IS NULL OR entity_id COLLATE "C" > $2) AND ($3::text IS NULL OR entity_id COLLATE "C" <= $3)
        AND ($5::text[] IS NULL OR ${TRADE} = ANY($5))
      ORDER BY entity_id COLLATE "C" LIMIT $4`,
    [check, after ?? null, upTo ?? null, most, trades ?? null],
  );
  return rows;
}

/**
 * What was found by these checks on these trades, or on any contract, and stands. By `issues_trade`, `issues_of_check`
 * and `withheld_findings_trade`.
 */
export async function readCauses(
  sql: Queryable,
  { ofTrades, ofContracts }: CauseChecks,
  trades: readonly string[],
): Promise<Cause[]> {
  if (ofTrades.length + ofContracts.length === 0 || trades.length === 0) return [];
  const issue = `SELECT check_code AS "check", entity_type AS "entityType", entity_id AS "entityId", evidence,
                        last_seen AS "lastSeen" FROM vigia.issues WHERE status <> 'resolved' AND`;
  const withheld = `SELECT check_code, entity_type, entity_id, jsonb_build_object('orderId', trade), NULL::timestamptz
                      FROM vigia.withheld_findings WHERE`;
  const { rows } = await sql.query<Cause>(
    `${issue} ${TRADE} = ANY($1::text[]) AND check_code = ANY($2::text[])
     UNION ALL ${issue} check_code = ANY($3::text[])
     UNION ALL ${withheld} trade = ANY($1::text[]) AND check_code = ANY($2::text[])
     UNION ALL ${withheld} check_code = ANY($3::text[])`,
    [trades, ofTrades, ofContracts],
  );
  return rows;
}

export function issues(sql: Queryable): Issues {
  return {
    async save(changes) {
      const issues = changes.map(({ issue }) => issue);
      await sql.query(
        `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence,
                                   occurrences, first_seen, last_seen, resolved_at)
         SELECT fingerprint, check_code, severity, entity_type, entity_id, status, evidence::jsonb, occurrences,
                first_seen, last_seen, CASE WHEN status = 'resolved' THEN now() END
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::int[], $9::timestamptz[], $10::timestamptz[])
             AS issue (fingerprint, check_code, severity, entity_type, entity_id, status, evidence,
                       occurrences, first_seen, last_seen)
             ON CONFLICT (fingerprint) DO UPDATE
            SET status = CASE WHEN 'resolved' IN (EXCLUDED.status, issues.status) THEN EXCLUDED.status
                              WHEN issues.snoozed_until <= EXCLUDED.last_seen THEN 'open'
                              ELSE issues.status END,
                severity = EXCLUDED.severity, evidence = EXCLUDED.evidence, occurrences = EXCLUDED.occurrences,
                last_seen = EXCLUDED.last_seen, resolved_at = EXCLUDED.resolved_at,
                snoozed_until = CASE WHEN EXCLUDED.status <> 'resolved' AND issues.snoozed_until > EXCLUDED.last_seen
                                     THEN issues.snoozed_until END`,
        [
          issues.map((issue) => issue.fingerprint),
          issues.map((issue) => issue.check),
          issues.map((issue) => issue.severity),
          issues.map((issue) => issue.entityType),
          issues.map((issue) => issue.entityId),
          issues.map((issue) => issue.status),
          issues.map((issue) => JSON.stringify(issue.evidence)),
          issues.map((issue) => issue.occurrences),
          issues.map((issue) => issue.firstSeen),
          issues.map((issue) => issue.lastSeen),
        ],
      );
      await note(sql, changes);
    },

    async mark({ fingerprint, fingerprints = [], check }, mark) {
      const { change, reason, until } = mark;
      const { rows } = await sql.query<Issue>(
        `UPDATE vigia.issues AS i SET status = $3, reason = $4, snoozed_until = $5
          WHERE (fingerprint = ANY($1::text[]) OR check_code = $2) AND status <> 'resolved' AND (status <> $3 OR status = 'snoozed')
         RETURNING ${COLUMNS}`,
        [
          [...fingerprints, ...(fingerprint === undefined ? [] : [fingerprint])],
          check ?? null,
          change === "reopened" ? "open" : change,
          reason ?? null,
          until ?? null,
        ],
      );
      await note(
        sql,
        rows.map((issue) => ({ change, issue })),
        mark,
      );
      return rows;
    },

    async seen(fingerprints, at) {
      await sql.query(`UPDATE vigia.issues SET last_seen = $2 WHERE fingerprint = ANY($1::text[])`, [fingerprints, at]);
    },

    async countOpen() {
      const { rows } = await sql.query<OpenCount>(
        `SELECT check_code AS "check", severity, count(*) AS open
           FROM vigia.issues WHERE status <> 'resolved' GROUP BY 1, 2 ORDER BY 1`,
      );
      return rows;
    },
  };
}
