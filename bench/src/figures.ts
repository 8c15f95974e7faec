import type { Measured } from "./alternate.ts";
import type { Benchmark, Contender, Role, Samples } from "./contender.ts";
import type { Machine } from "./machine.ts";
import { percentile } from "./percentile.ts";

/** Of rounds: the median one, and the worst and the best. Of events: of all of them. */
export interface Figure {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly samples: number;
  /** Of events: what 99 of 100 do not exceed. Of few it is the highest. */
  readonly p99?: number;
}

export interface Ratio {
  readonly case: string;
  readonly ours: string;
  readonly against: string;
  /** The median of ours divided by the other one's. */
  readonly ratio: number;
  /** The same of their p99, where they have one. */
  readonly p99Ratio?: number;
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

export function toResult(
  name: string,
  { unit, samples: sampled }: Benchmark,
  measured: Measured,
  machine: Machine,
): Result {
  const summaries = new Map([...measured].map(([contender, samples]) => [contender, summarize(samples, sampled)]));
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

function summarize(samples: Samples, sampled: Benchmark["samples"]): Readonly<Record<string, Figure>> {
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, figureOf(values, sampled)]));
}

function figureOf(values: readonly number[], sampled: Benchmark["samples"]): Figure {
  return {
    median: percentile(values, 0.5),
    lowest: Math.min(...values),
    highest: Math.max(...values),
    samples: values.length,
    ...(sampled === "events" ? { p99: percentile(values, 0.99) } : {}),
  };
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
          if (!against) return [];
          const { p99 } = figure;
          const p99Ratio = p99 === undefined || against.p99 === undefined ? {} : { p99Ratio: p99 / against.p99 };
          const ratio = figure.median / against.median;
          return [{ case: name, ours: ours.name, against: other.name, ratio, ...p99Ratio }];
        }),
      ),
    );
}
