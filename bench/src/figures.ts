import type { Measured } from "./alternate.ts";
import type { Benchmark, Contender, Role, Samples } from "./contender.ts";
import type { Machine } from "./machine.ts";
import { percentile } from "./percentile.ts";

/** The median round, and the worst and the best one. */
export interface Figure {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface Ratio {
  readonly case: string;
  readonly ours: string;
  readonly against: string;
  /** The median of ours divided by the other one's. */
  readonly ratio: number;
}

/** By contender, then by case. */
type Figures = Readonly<Record<string, Readonly<Record<string, Figure>>>>;

export interface Result {
  readonly benchmark: string;
  readonly unit: string;
  readonly ours: Figures;
  readonly peers: Figures;
  readonly limit: Figures;
  readonly ratios: readonly Ratio[];
  readonly machine: Machine;
}

export function toResult(name: string, { unit }: Benchmark, measured: Measured, machine: Machine): Result {
  const summaries = new Map([...measured].map(([contender, samples]) => [contender, summarize(samples)]));
  const of = (role: Role): Figures =>
    Object.fromEntries(
      [...summaries].filter(([each]) => each.role === role).map(([each, cases]) => [each.name, cases]),
    );
  return {
    ...{ benchmark: name, unit },
    ...{ ours: of("ours"), peers: of("peer"), limit: of("limit") },
    ratios: compare(summaries),
    machine,
  };
}

function summarize(samples: Samples): Readonly<Record<string, Figure>> {
  return Object.fromEntries(
    Object.entries(samples).map(([name, values]) => [
      name,
      { median: percentile(values, 0.5), lowest: Math.min(...values), highest: Math.max(...values) },
    ]),
  );
}

function compare(summaries: ReadonlyMap<Contender, Readonly<Record<string, Figure>>>): Ratio[] {
  const all = [...summaries];
  const others = all.filter(([{ role }]) => role !== "ours");
  return all
    .filter(([{ role }]) => role === "ours")
    .flatMap(([ours, cases]) =>
      Object.entries(cases).flatMap(([name, figure]) =>
        others.flatMap(([other, theirs]): Ratio[] => {
          const against = theirs[name];
          return against
            ? [{ case: name, ours: ours.name, against: other.name, ratio: figure.median / against.median }]
            : [];
        }),
      ),
    );
}
