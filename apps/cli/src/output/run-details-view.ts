import type { Attempt, RunDetails, ToldEvent } from "../questions/run-details.ts";
import type { Paint } from "../terminal.ts";
import { paintStatus } from "./colours.ts";
import { inWords } from "./job-view.ts";
import { renderTable } from "./table.ts";
import { localTime, relative, span } from "./time.ts";

/** All that is on record of a run, for a person. */
export function renderRunDetails(paint: Paint, details: RunDetails, now: Date): string {
  const { task, attempts, checkpoint, deadLetter, cancellation, events } = details;
  const [first] = attempts;
  const asked = first?.messageId ? `, asked for by ${first.trigger ?? "a message"} ${first.messageId}` : "";
  const last = attempts.at(-1);
  const parts = [
    `${paint("bold", task)}${asked}`,
    ...attempts.map((attempt) => renderAttempt(paint, attempt, now)),
    ...(checkpoint
      ? [`It goes on from what it noted ${relative(checkpoint.updatedAt, now)}: ${inWords(checkpoint.value)}`]
      : []),
    ...(deadLetter ? [deadLetterLine(paint, deadLetter, now)] : []),
    ...(cancellation ? [cancellationLine(cancellation, now)] : []),
    ...(events.length ? [renderEvents(paint, events)] : []),
    ...(last ? [`Its log: vigia logs ${last.executionId}`] : []),
  ];
  return parts.join("\n\n");
}

function renderAttempt(paint: Paint, run: Attempt, now: Date): string {
  const { attempt, status, startedAt, endedAt, durationMs, itemsProcessed, instance, fence, executionId } = run;
  const took = durationMs === null ? "" : `, took ${span(durationMs)}`;
  const since = endedAt === null ? `, since ${span(now.getTime() - startedAt.getTime())}` : took;
  const facts: [string, string][] = [
    ["run", executionId],
    ["started", localTime(startedAt)],
    ["process", instance],
    ...(fence === null ? [] : ([["fence", fence]] as [string, string][])),
    ...(itemsProcessed === null ? [] : ([["items", String(itemsProcessed)]] as [string, string][])),
    ...(run.result === null ? [] : ([["result", inWords(run.result)]] as [string, string][])),
  ];
  const lines = facts.map(([name, value]) => `  ${name.padEnd(8)} ${value}`);
  const error = run.error ? [indented(run.error.stack ?? run.error.message)] : [];
  return [`Attempt ${attempt}: ${paintStatus(paint, status)}${since}`, ...lines, ...error].join("\n");
}

function indented(text: string): string {
  return text.replace(/^/gm, "    ");
}

function deadLetterLine(
  paint: Paint,
  { sequence, reason, resolvedAt }: NonNullable<RunDetails["deadLetter"]>,
  now: Date,
) {
  if (resolvedAt) return `Its message was dead letter ${sequence}, replayed ${relative(resolvedAt, now)}.`;
  return paint(
    "yellow",
    `Its message is dead letter ${sequence}: ${reason}. Once the cause is mended: vigia deadletters replay ${sequence}`,
  );
}

function cancellationLine({ commandId, operator, at }: NonNullable<RunDetails["cancellation"]>, now: Date) {
  return `It was cancelled ${relative(at, now)} by ${operator ?? "somebody"}, with command ${commandId}.`;
}

/** The subject says what happened; the rest of an event repeats the record. */
function renderEvents(paint: Paint, events: readonly ToldEvent[]): string {
  const rows = events.map(({ at, subject, source }) => [localTime(at), source, subject]);
  return renderTable(paint, ["TOLD", "BY", "EVENT"], rows);
}
