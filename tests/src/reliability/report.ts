import type { Judgement } from "./checks/verdict.ts";
import { NOT_JUDGED, PROMISES } from "./checks/verdict.ts";
import type { History } from "./history.ts";

const SHOWN_VIOLATIONS = 10;

export interface Report {
  readonly ok: boolean;
  readonly seed: number;
  readonly minutes: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, number>>;
  readonly judgements: readonly Judgement[];
}

export function reportOf(
  { seed, minutes }: { readonly seed: number; readonly minutes: number },
  history: History,
  done: Readonly<Record<string, number>>,
  judgements: readonly Judgement[],
): Report {
  const faults: Record<string, number> = {};
  for (const { kind } of history.faults) faults[kind] = (faults[kind] ?? 0) + 1;
  const operations = {
    ...done,
    executions: history.executions.length,
    effects: history.effects.length,
    events: history.outbox.length,
    "processes started": history.lives.length,
    "dead letters": history.deadLetters.length,
  };
  return { ok: judgements.every(({ verdict }) => verdict === true), seed, minutes, faults, operations, judgements };
}

/** The report for a person: seed, faults, operations, and one line for each promise. */
export function describeReport({ ok, seed, minutes, faults, operations, judgements }: Report): string {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  const lines = judgements.flatMap(({ promise, verdict, looked, violations }) => [
    `${promise}  ${String(verdict).padEnd(8)}  ${PROMISES[promise]} (${looked.map(inWords).join(", ")})`,
    ...violations.slice(0, SHOWN_VIOLATIONS).map((violation) => `      ${violation}`),
    ...(violations.length > SHOWN_VIOLATIONS ? [`      and ${violations.length - SHOWN_VIOLATIONS} more`] : []),
  ]);
  const verdict = ok ? "Every promise was kept." : "Not every promise was seen to be kept.";
  return [
    `seed ${seed}, ${minutes} minutes of faults`,
    `faults: ${counts(faults)}`,
    `operations: ${counts(operations)}`,
    ...lines,
    ...Object.entries(NOT_JUDGED).map(([promise, why]) => `${promise}  not here  ${why}`),
    verdict,
  ].join("\n");
}

function inWords({ what, count, atLeast }: Judgement["looked"][number]): string {
  return count < atLeast ? `${what}: ${count}, too few` : `${what}: ${count}`;
}
