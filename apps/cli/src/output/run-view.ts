import { SHORT_ID_CHARS } from "../questions/run-details.ts";
import type { Run } from "../questions/runs.ts";
import type { Paint } from "../terminal.ts";
import { paintStatus } from "./colours.ts";
import { renderTable } from "./table.ts";
import { localTime, span } from "./time.ts";

export function renderRuns(paint: Paint, runs: readonly Run[]): string {
  const rows = runs.map((run) => [
    run.executionId.slice(0, SHORT_ID_CHARS),
    localTime(run.startedAt),
    run.task,
    paintStatus(paint, run.status),
    run.durationMs === null ? "" : span(run.durationMs),
    run.itemsProcessed === null ? "" : String(run.itemsProcessed),
    String(run.attempt),
    run.trigger ?? "",
    run.error === null ? "" : run.error.replace(/\s+/g, " "),
  ]);
  return renderTable(paint, ["RUN", "STARTED", "TASK", "STATUS", "TOOK", "ITEMS", "ATTEMPT", "TRIGGER", "ERROR"], rows);
}
