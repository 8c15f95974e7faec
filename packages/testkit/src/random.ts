/** Chance that a seed repeats. */
export interface Random {
  readonly seed: number;
  /** From 0 to 1, 1 excluded. */
  next(): number;
  /** A whole number from `least`, below `below`. */
  int(least: number, below: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** The seed of a test run: that of the environment's `SEED`, or a new one. Print it with each failure. */
export function seedOfRun(): number {
  return Number(process.env.SEED ?? Date.now() % 1_000_000_000);
}

/** Mulberry32: small, and good enough to choose what a test does. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, below: number): number => least + Math.floor(next() * (below - least));
  return {
    seed,
    next,
    int,
    chance: (probability) => next() < probability,
    pick(list) {
      if (list.length === 0) throw new Error("There is nothing to pick from.");
      return list[int(0, list.length)] as (typeof list)[number];
    },
  };
}
