import { type Examined, type Finding, LEVELS } from "../doctor/finding.ts";
import type { Paint, Style } from "../terminal.ts";
import { renderTable } from "./table.ts";

const STYLE_OF: Readonly<Record<Finding["level"], Style>> = { critical: "red", warning: "yellow", note: "dim" };

export interface FoundOn extends Finding {
  readonly part: string;
}

/** All of them, the worst first. */
export function findingsOf(parts: readonly Examined[]): FoundOn[] {
  const all = parts.flatMap(({ part, findings }) => findings.map((finding) => ({ part, ...finding })));
  return all.sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));
}

export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level === "note");
}

export function renderExamination(paint: Paint, parts: readonly Examined[]): string {
  const findings = findingsOf(parts);
  const rows = parts.map((part) => [part.part, verdictOn(paint, part), part.facts.join(", ")]);
  const told = findings.map(({ level, what, why, command }) =>
    [
      `${paint(STYLE_OF[level], level.toUpperCase().padEnd(8))}  ${what}`,
      `          ${why}`,
      `          → ${command}`,
    ].join("\n"),
  );
  const end = isWell(findings) ? paint("green", "All is well.") : "";
  return [renderTable(paint, ["PART", "", "WHAT WAS SEEN"], rows), ...told, end].filter(Boolean).join("\n\n");
}

function verdictOn(paint: Paint, { state, findings }: Examined): string {
  if (state === "unseen") return paint("dim", "not asked");
  if (state === "away") return paint("red", "away");
  return isWell(findings) ? paint("green", "well") : paint("yellow", "look below");
}
