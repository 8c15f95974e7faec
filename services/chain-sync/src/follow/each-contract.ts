import { setTimeout as sleep } from "node:timers/promises";
import { PermanentError, type TaskContext } from "@vigia/runtime";
import type { Followed } from "./followed.ts";

type Context = Pick<TaskContext, "signal" | "log">;

/** The contracts of each chain, in their order. */
export function byChain(all: readonly Followed[]): Followed[][] {
  const chains = new Map<number, Followed[]>();
  for (const followed of all) chains.set(followed.chainId, [...(chains.get(followed.chainId) ?? []), followed]);
  return [...chains.values()];
}

/**
 * Does the work for every contract, also where it fails for one of them: the chains side by side, the contracts of one chain
 * after each other. With `againMs`, a chain whose turn is over gets another after so long, as long as one is still at its
 * first: a slow endpoint of one chain takes no time from another. Throws what failed in the end: what may succeed at the
 * next try before what never will.
 */
export async function forEachContract<T>(
  { signal, log }: Context,
  all: readonly Followed[],
  work: (followed: Followed) => Promise<T>,
  againMs?: number,
): Promise<T[]> {
  const results: T[] = [];
  const failures: unknown[] = [];
  async function turnOf(contracts: readonly Followed[]): Promise<void> {
    for (const followed of contracts) {
      // Whoever lost the right to write, or shuts down, does nothing more.
      if (signal.aborted) return;
      try {
        results.push(await work(followed));
      } catch (error) {
        failures.push(error);
        const { chainId, contract } = followed;
        if (signal.aborted || all.length === 1) return;
        log.error({ err: error, chainId, contract }, "a contract could not be followed; the others are");
      }
    }
  }
  const chains = byChain(all);
  const firstTurns = chains.map(turnOf);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const furtherTurns = firstTurns.map(async (turn, index) => {
    await turn;
    while (againMs !== undefined && (await hasPassed(againMs, either))) await turnOf(chains[index] ?? []);
  });
  await Promise.all(firstTurns);
  over.abort();
  await Promise.all(furtherTurns);
  if (failures.length > 0) throw failures.find((error) => !(error instanceof PermanentError)) ?? failures[0];
  signal.throwIfAborted();
  return results;
}

/** False where the signal came first. */
function hasPassed(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
