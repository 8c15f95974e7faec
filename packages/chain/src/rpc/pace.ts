import { setTimeout as sleep } from "node:timers/promises";

/** Waits until so many requests may go out. */
export type Pace = (requests: number, signal: AbortSignal | undefined) => Promise<void>;

/** Keeps requests within a budget; what was not used in one second may be used in the next, and no later. */
export function createPace(requestsPerSecond: number | undefined): Pace {
  if (requestsPerSecond === undefined) return async () => undefined;
  // The instant at which all that was let through is paid for.
  let paidAtMs = 0;
  return async (requests, signal) => {
    const now = performance.now();
    const startMs = Math.max(now - 1_000, paidAtMs);
    paidAtMs = startMs + (requests * 1_000) / requestsPerSecond;
    const waitMs = paidAtMs - now;
    if (waitMs > 0) await sleep(waitMs, undefined, signal ? { signal } : {});
  };
}
