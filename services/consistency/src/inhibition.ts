import type { Cause, CauseChecks } from "@vigia/database";
import type { CheckFacts } from "./check.ts";
import { type Finding, placesOf, tradeOf } from "./finding.ts";

/** In an order in which whatever others follow from is looked for before them; otherwise as they come. */
export function causesFirst<Facts extends CheckFacts>(checks: readonly Facts[]): Facts[] {
  const depths = new Map<string, number>();
  const depthOf = (code: string): number => {
    const known = depths.get(code);
    if (known !== undefined) return known;
    const causes = checks.filter(({ inhibits }) => inhibits.includes(code));
    const depth = Math.max(0, ...causes.map((cause) => depthOf(cause.code) + 1));
    depths.set(code, depth);
    return depth;
  };
  return checks.toSorted((one, other) => depthOf(one.code) - depthOf(other.code));
}

/** Those from whose findings this check's may follow. */
export function causesOf(code: string, checks: readonly CheckFacts[]): CauseChecks {
  const causes = checks.filter(({ inhibits }) => inhibits.includes(code));
  const codes = (isWide: boolean) =>
    causes.filter(({ entityType }) => (entityType === "contract") === isWide).map((cause) => cause.code);
  return { ofTrades: codes(false), ofContracts: codes(true) };
}

/**
 * The findings that follow from another one: their cause is what to look at. A cause on a trade explains findings on the
 * same trade; one on a contract those on its escrows, and those on its chain that name no escrow. A cause is one of the
 * findings themselves, or stands from before.
 */
export function inhibited(
  findings: readonly Finding[],
  standing: readonly Pick<Cause, "check" | "entityType" | "entityId" | "evidence">[],
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
  for (const cause of standing) silence(cause.check, causeOn(cause, cause.entityType));
  const isSilenced = (finding: Finding) =>
    [tradeOf(finding), ...placesOf(finding, finding.check.entityType)].some((subject) =>
      silenced.has(`${finding.check.code} ${subject}`),
    );
  return new Set(findings.filter(isSilenced).map(({ fingerprint }) => fingerprint));
}
