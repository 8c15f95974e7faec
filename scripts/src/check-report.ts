import Table from "cli-table3";
import type { CheckReport } from "./check.ts";

/** The report for a person: what was seen, then every expectation, and the verdict last. */
export function describeReport({ ok, seconds, seen, expectations }: CheckReport): string {
  const totals = table(["seen", "count"]);
  totals.push(["ticks", seen.ticks]);
  for (const [task, count] of Object.entries(seen.runs)) totals.push([`runs of ${task}`, count]);
  totals.push(["failed runs", seen.failedRuns]);
  totals.push(["blocks synced", seen.syncedBlock], ["logs synced", seen.syncedLogs]);
  totals.push(["orders expired", seen.expiredOrders]);
  for (const [check, count] of Object.entries(seen.findings)) totals.push([`findings of ${check}`, count]);
  totals.push(["users notified", `${seen.notifiedUsers} (${seen.notifications} notifications)`]);
  totals.push(["resyncs", seen.resyncs], ["dead letters", seen.deadLetters]);

  const expected = table(["", "expected", "wanted", "seen"]);
  for (const each of expectations) expected.push([each.ok ? "✓" : "✗", each.what, each.expected, each.seen]);

  const missed = expectations.filter((each) => !each.ok).length;
  const verdict = ok
    ? `All ${expectations.length} expectations were met in ${seconds.toFixed(1)} s.`
    : `${missed} of ${expectations.length} expectations were not met.`;
  return `${totals.toString()}\n${expected.toString()}\n${verdict}`;
}

function table(head: string[]): Table.Table {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}
