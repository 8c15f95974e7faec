import type { Severity } from "@vigia/messages";
import type { Run } from "../questions/runs.ts";
import type { Paint, Style } from "../terminal.ts";

const BY_SEVERITY: Readonly<Record<Severity, Style>> = { critical: "red", high: "yellow", medium: "cyan", low: "dim" };

const BY_STATUS: Readonly<Record<Run["status"], Style>> = {
  running: "cyan",
  completed: "green",
  failed: "red",
  recovered: "yellow",
  skipped: "dim",
  cancelled: "yellow",
};

export function paintSeverity(paint: Paint, severity: Severity, text: string = severity): string {
  return paint(BY_SEVERITY[severity], text);
}

export function paintStatus(paint: Paint, status: Run["status"]): string {
  return paint(BY_STATUS[status], status);
}
