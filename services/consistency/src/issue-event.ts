import type { Issue } from "@vigia/database";
import { issueChanged, type OutgoingEvent } from "@vigia/messages";
import type { CheckFacts } from "./check.ts";
import type { ChangedIssue } from "./issues.ts";

/** By the checks' codes. */
export type Meanings = ReadonlyMap<string, string>;

export function meaningsOf(checks: readonly Pick<CheckFacts, "code" | "meaning">[]): Meanings {
  return new Map(checks.map(({ code, meaning }) => [code, meaning]));
}

/** Tells what became of an issue, and what an operator said with it. */
export function changeEvent(
  { change, issue }: { readonly change: ChangedIssue["change"] | "acknowledged" | "snoozed"; readonly issue: Issue },
  meanings: Meanings,
  { reason, until }: { readonly reason?: string | undefined; readonly until?: string | undefined } = {},
): OutgoingEvent {
  const meaning = meanings.get(issue.check) ?? issue.check;
  const sentence = `${issue.entityType} ${issue.entityId}: ${meaning}`;
  return issueChanged({
    change,
    severity: issue.severity,
    check: issue.check,
    fingerprint: issue.fingerprint,
    summary: change === "resolved" ? `no longer so: ${sentence}` : sentence,
    meaning,
    entityType: issue.entityType,
    entityId: issue.entityId,
    evidence: issue.evidence,
    occurrences: issue.occurrences,
    firstSeen: issue.firstSeen.toISOString(),
    lastSeen: issue.lastSeen.toISOString(),
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
  });
}
