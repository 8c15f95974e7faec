import type { issueChanged } from "@vigia/messages";
import type { z } from "zod";
import type { Issue, IssueStep } from "../questions/issues.ts";
import type { Paint } from "../terminal.ts";
import { paintSeverity } from "./colours.ts";
import { renderTable } from "./table.ts";
import { localTime, relative } from "./time.ts";

/** As much of the evidence as a line holds. */
const LONGEST_EVIDENCE = 80;

export type IssueChange = z.infer<typeof issueChanged.schema>;

export function renderHistory(paint: Paint, history: readonly IssueStep[]): string {
  const rows = history.map(({ at, change, reason }) => [localTime(at), change, reason ?? ""]);
  return renderTable(paint, ["WHEN", "WHAT", "WHY"], rows);
}

export function renderIssues(paint: Paint, issues: readonly Issue[], now: Date): string {
  const rows = issues.map((issue) => [
    paintSeverity(paint, issue.severity),
    issue.check,
    `${issue.entityType} ${issue.entityId}`,
    issue.snoozedUntil ? `snoozed until ${localTime(issue.snoozedUntil)}` : issue.status,
    relative(issue.firstSeen, now),
    relative(issue.lastSeen, now),
    String(issue.occurrences),
    evidenceOf(issue.evidence),
  ]);
  const head = ["SEVERITY", "CHECK", "WHERE", "STATUS", "FIRST SEEN", "LAST SEEN", "TIMES", "EVIDENCE"];
  return renderTable(paint, head, rows);
}

export function evidenceOf(evidence: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(evidence)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
  return text.length > LONGEST_EVIDENCE ? `${text.slice(0, LONGEST_EVIDENCE - 1)}…` : text;
}

/** One line: when, how bad, what is wrong, and where. */
export function issueLine(paint: Paint, issue: IssueChange): string {
  const { change, severity, check, summary, entityType, entityId, lastSeen, occurrences } = issue;
  const what = {
    opened: "found",
    updated: `still there (seen ${occurrences} times)`,
    resolved: "resolved",
    acknowledged: "acknowledged",
    snoozed: `snoozed until ${localTime(new Date(issue.until ?? lastSeen))}`,
    reopened: "open again",
  }[change];
  const marked =
    change === "resolved" ? paint("green", "RESOLVED") : paintSeverity(paint, severity, severity.toUpperCase());
  const where = summary.includes(entityId) ? "" : ` · ${entityType} ${entityId}`;
  const why = issue.reason === undefined ? "" : ` (${issue.reason})`;
  return `${localTime(new Date(lastSeen))}  ${marked}  ${check} ${what}: ${summary}${where}${why}`;
}
