import type { DueHeal } from "@vigia/database";
import type { HealStep, healReported } from "@vigia/messages";
import type { z } from "zod";

type Report = z.infer<typeof healReported.schema>;

/** What is done, or came of it, in a few words for the history. */
export function inWords(what: Readonly<Record<string, unknown>>): string {
  return Object.entries(what)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

/** What became of an issue's healing, for its event. */
export function reportOf(
  step: HealStep,
  { evidence: before, severity, check, fingerprint, entityType, entityId, tries }: DueHeal,
  more: Pick<Report, "after" | "does" | "commandId" | "reason">,
): Report {
  const facts = { severity, check, fingerprint, entityType, entityId, before, tries };
  return { step, ...facts, ...more, at: new Date().toISOString() };
}
