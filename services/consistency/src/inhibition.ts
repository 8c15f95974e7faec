import type { Issue } from "@vigia/database";
import type { CheckFacts } from "./check.ts";
import { type Finding, placesOf, tradeOf } from "./finding.ts";

/**
 * The findings that follow from another one: their cause is what to look at. A cause on a trade explains findings on the
 * same trade; one on a contract those on its escrows, and those on its chain that name no escrow. A cause is a finding,
 * or an issue that is open and that its check did not judge just now.
 */
export function inhibited(
  findings: readonly Finding[],
  standing: readonly Issue[],
  checks: readonly CheckFacts[],
): ReadonlySet<string> {
  const inhibits = new Map(checks.map((check) => [check.code, check.inhibits]));
  const silenced = new Set<string>();
  const silence = (check: string, subjects: readonly string[]) => {
    for (const consequence of inhibits.get(check) ?? []) {
      for (const subject of subjects) silenced.add(`${consequence} ${subject}`);
    }
  };
  const causeOn = (cause: Pick<Finding, "entityId" | "evidence">, entityType: string) =>
    entityType === "contract" ? placesOf(cause, entityType) : [tradeOf(cause)];
  for (const finding of findings) silence(finding.check.code, causeOn(finding, finding.check.entityType));
  for (const issue of standing) silence(issue.check, causeOn(issue, issue.entityType));
  const isSilenced = (finding: Finding) =>
    [tradeOf(finding), ...placesOf(finding, finding.check.entityType)].some((subject) =>
      silenced.has(`${finding.check.code} ${subject}`),
    );
  return new Set(findings.filter(isSilenced).map(({ fingerprint }) => fingerprint));
}
