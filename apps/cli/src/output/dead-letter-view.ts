import type { DeadLetter } from "../questions/dead-letters.ts";
import type { Paint } from "../terminal.ts";
import { renderTable } from "./table.ts";
import { localTime, relative } from "./time.ts";

export function renderDeadLetters(paint: Paint, letters: readonly DeadLetter[], now: Date): string {
  const rows = letters.map(({ sequence, at, consumer, subject, tries, resolvedAt, reason }) => [
    String(sequence),
    localTime(at),
    consumer,
    subject,
    String(tries),
    resolvedAt ? `replayed ${relative(resolvedAt, now)}` : "open",
    reason.replace(/\s+/g, " "),
  ]);
  return renderTable(paint, ["NUMBER", "SINCE", "CONSUMER", "SUBJECT", "TRIES", "STATE", "REASON"], rows);
}
