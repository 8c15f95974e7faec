/** How much of the suite's own task must be seen to say anything of it. The calm after the faults goes on until it is. */
export const ENOUGH = {
  /** Steps with an effect, and their events. */
  effects: 50,
  finishedRuns: 5,
  /** Runs that failed at every try. */
  failingTicks: 1,
  /** A run as long as this has outlived a lease. */
  longRunMs: 11_000,
  /** One as long as this has outlived what the bus waits for a word of it. */
  keptMessageMs: 7_000,
} as const;
