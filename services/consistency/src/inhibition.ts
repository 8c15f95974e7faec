import type { Issue } from "@vigia/database";
import type { CheckFacts } from "./check.ts";
import { type Finding, tradeOf } from "./finding.ts";

/**
 * The findings that follow from another one on the same trade: their cause is what to look at. A cause is a finding,
 * or an issue that is open and whose check did not run to its end just now.
 */
export function inhibited(
  findings: readonly Finding[],
  standing: readonly Issue[],
  checks: readonly CheckFacts[],
): ReadonlySet<string> {
  const inhibits = new Map(checks.map((check) => [check.code, check.inhibits]));
  const silenced = new Set<string>();
  const silence = (check: string, trade: string) => {
    for (const consequence of inhibits.get(check) ?? []) silenced.add(`${consequence} ${trade}`);
  };
  for (const finding of findings) silence(finding.check.code, tradeOf(finding));
  for (const issue of standing) silence(issue.check, tradeOf(issue));
  return new Set(
    findings
      .filter((finding) => silenced.has(`${finding.check.code} ${tradeOf(finding)}`))
      .map(({ fingerprint }) => fingerprint),
  );
}
