import type { DryRun, Prospect, ProspectiveIssue } from "@vigia/consistency/dry-run";
import type { Paint } from "../terminal.ts";
import { paintSeverity } from "./colours.ts";
import { evidenceOf } from "./issue-view.ts";
import { renderTable } from "./table.ts";

const IN_WORDS: Readonly<Record<Prospect, string>> = {
  new: "would be opened",
  known: "is an issue already",
  unsettled: "may still come right",
  explained: "follows from another",
};

export function renderDryRun(paint: Paint, { checks, found, incomplete }: DryRun): string {
  const rows = found.map(({ severity, check, entityType, entityId, prospect, heal, evidence }) => [
    paintSeverity(paint, severity),
    check,
    `${entityType} ${entityId}`,
    IN_WORDS[prospect],
    healing(heal),
    evidenceOf(evidence),
  ]);
  const opened = found.filter(({ prospect }) => prospect === "new").length;
  const parts = [
    ...(rows.length
      ? [renderTable(paint, ["SEVERITY", "CHECK", "WHERE", "A RUN WOULD SAY", "HEALING", "EVIDENCE"], rows)]
      : []),
    `${checks.length} ${checks.length === 1 ? "check" : "checks"} looked: ${found.length} found, ${opened} would be opened. Nothing was recorded.`,
    ...(incomplete.length ? [paint("yellow", `These did not look at all there is: ${incomplete.join(", ")}.`)] : []),
  ];
  return parts.join("\n\n");
}

/** What would be done about it, and whether it may be. */
function healing(heal: ProspectiveIssue["heal"]): string {
  if (!heal) return "";
  const does = "gives" in heal ? heal.gives : `tells ${heal.tellsAgain.length} events again`;
  return heal.isOn ? does : `off (${does})`;
}
