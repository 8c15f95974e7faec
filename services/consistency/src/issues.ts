import { isDeepStrictEqual } from "node:util";
import type { Cause, EntityRange, Issue } from "@vigia/database";
import type { CheckFacts } from "./check.ts";
import { isWithin } from "./evaluate.ts";
import type { Finding } from "./finding.ts";
import { inhibited } from "./inhibition.ts";

export type IssueChange = "opened" | "updated" | "reopened" | "resolved";

/** What comes and goes is opened this often a day; then it stays open until it was gone for `FLAPPING_QUIET_MS`. */
const FLAPPING_OPENINGS = 3;
const FLAPPING_QUIET_MS = 3_600_000;

export interface ChangedIssue {
  readonly change: IssueChange;
  readonly issue: Issue;
}

/** What was looked at, and found there. */
export interface Judged {
  readonly findings: readonly Finding[];
  /** The checks that saw all there was to see in this range: what they did not find there is not there. */
  readonly complete: ReadonlySet<string>;
  readonly range: EntityRange;
  readonly at: Date;
}

export interface Decision {
  /** In the order of their fingerprints, so that a run that is taken up again goes the same way. */
  readonly changed: readonly ChangedIssue[];
  /** The fingerprints of what was found again as it was. */
  readonly unchanged: readonly string[];
  /** What opens no issue, for it may still come right, or follows from another finding. */
  readonly withheld: readonly Finding[];
}

/**
 * What becomes of the issues after a look. `known` holds those that are open where was looked, and of the others those
 * that were found again; `standing`, what was found elsewhere and explains findings here. An issue that is open ends only
 * when its check ran and found it gone.
 */
export function decide(
  { findings, complete, range, at }: Judged,
  known: readonly Issue[],
  standing: readonly Pick<Cause, "check" | "entityType" | "entityId" | "evidence">[],
  checks: readonly CheckFacts[],
): Decision {
  const knownByFingerprint = new Map(known.map((issue) => [issue.fingerprint, issue]));
  const found = new Set(findings.map(({ fingerprint }) => fingerprint));
  const isJudged = ({ check, entityId }: Issue) => complete.has(check) && isWithin(range, entityId);
  const silenced = inhibited(findings, standing, checks);
  // What is wrong with a check ends when that check itself has run to its end.
  const isGone = (issue: Issue) =>
    isJudged(issue) && (issue.entityType !== "check" || complete.has(issue.entityId)) && !found.has(issue.fingerprint);
  const changed: ChangedIssue[] = [];
  const unchanged: string[] = [];
  const withheld: Finding[] = [];

  for (const finding of findings) {
    const before = knownByFingerprint.get(finding.fingerprint);
    if (!before || before.status === "resolved") {
      const opens = finding.settled && !silenced.has(finding.fingerprint);
      if (opens) changed.push({ change: "opened", issue: open(finding, before, at) });
      else withheld.push(finding);
    } else if (before.snoozedUntil && before.snoozedUntil <= at) {
      const issue: Issue = { ...before, status: "open", evidence: finding.evidence, lastSeen: at, snoozedUntil: null };
      changed.push({ change: "reopened", issue });
    } else if (isDeepStrictEqual(before.evidence, finding.evidence)) {
      unchanged.push(finding.fingerprint);
    } else {
      changed.push({ change: "updated", issue: { ...before, evidence: finding.evidence, lastSeen: at } });
    }
  }
  for (const issue of known) {
    if (issue.status !== "resolved" && isGone(issue) && !isFlapping(issue, at)) {
      changed.push({ change: "resolved", issue: { ...issue, status: "resolved" } });
    }
  }
  changed.sort((one, other) => compare(one.issue.fingerprint, other.issue.fingerprint));
  return { changed, unchanged, withheld };
}

function isFlapping({ openedToday, lastSeen }: Issue, at: Date): boolean {
  return openedToday >= FLAPPING_OPENINGS && at.getTime() - lastSeen.getTime() < FLAPPING_QUIET_MS;
}

function open({ check, fingerprint, entityId, evidence }: Finding, before: Issue | undefined, at: Date): Issue {
  return {
    fingerprint,
    check: check.code,
    severity: check.severity,
    entityType: check.entityType,
    entityId,
    status: "open",
    evidence,
    occurrences: (before?.occurrences ?? 0) + 1,
    firstSeen: before?.firstSeen ?? at,
    lastSeen: at,
    snoozedUntil: null,
    openedToday: (before?.openedToday ?? 0) + 1,
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
