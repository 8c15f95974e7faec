export const PROMISES = {
  T1: "every due instant is one tick, or is counted as skipped",
  T2: "a clock that is set fires nothing twice",
  T4: "every skip is counted with a reason",
  R1: "never two at once",
  R2: "no run is lost",
  R3: "effects are exactly once",
  R4: "long runs keep their lock and their message",
  R5: "every execution is on record",
  R6: "a shutdown is clean",
  R7: "recovery frees only orphans",
  M1: "no message is lost",
  M2: "a poison message stops nobody",
  M3: "an event is published if and only if its change is committed, in order per aggregate",
  S1: "Redis may fail",
  S2: "Postgres may fail",
  S3: "NATS may fail",
  C1: "the tables equal the chain",
  F1: "each violation is found once, and no clean row",
  F2: "an issue is opened, updated and resolved once each",
} as const;

/** What no fault can show, and what shows it instead. */
export const NOT_JUDGED = {
  T3: "ticks are on time: a figure of an idle machine",
  S4: "bad configuration is refused at start: tests/src/kill.test.ts",
} as const;

export type PromiseName = keyof typeof PROMISES;

/** What a judgement rests on: less of it than `atLeast`, and nothing can be said. */
export interface Looked {
  readonly what: string;
  readonly count: number;
  readonly atLeast: number;
}

export interface Judgement {
  readonly promise: PromiseName;
  readonly verdict: boolean | "unknown";
  readonly looked: readonly Looked[];
  /** What breaks the promise, one sentence each. */
  readonly violations: readonly string[];
}

/** False where something breaks the promise; unknown where too little was seen to say that nothing does. */
export function judge(promise: PromiseName, looked: readonly Looked[], violations: readonly string[]): Judgement {
  const enough = looked.every(({ count, atLeast }) => count >= atLeast);
  return { promise, verdict: violations.length > 0 ? false : enough || "unknown", looked, violations };
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** The texts that are there more than once. */
export function twice(texts: readonly string[]): string[] {
  return [...groupBy(texts, (text) => text)].filter(([, same]) => same.length > 1).map(([text]) => text);
}
