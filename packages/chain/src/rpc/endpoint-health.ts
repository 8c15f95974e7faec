import type { RpcError } from "./error.ts";

/** What is known of an endpoint's reliability, by what it did. */
export interface Health {
  succeeded(): void;
  failed(error: RpcError): void;
  /** An answer was found untrue, whether or not the work could be done without it. */
  lied(reason: string): void;
  sawHead(number: number, nowMs: number): void;
  /** It shows a head below the others', and has shown the same one for long. */
  isStale(highestHead: number, nowMs: number): boolean;
  /** Whether it agreed with the others at the last survey. */
  inStep: boolean;
  /** Lower is better. */
  rank(nowMs: number): number;
}

/** So many failures in a row, and an endpoint counts as degraded. One lie is enough. */
const FAILURES = 3;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 300_000;
const REST_AFTER_LIE_MS = 60_000;
const REST_WHERE_BUSY_MS = 5_000;
/** Long after any block time; a node that stands still so long while others move has stopped. */
const STALE_AFTER_MS = 120_000;

export function createHealth(tell: (status: "degraded" | "recovered", reason: string) => void): Health {
  let failures = 0;
  let restUntilMs = 0;
  let isDegraded = false;
  let head: { number: number; sinceMs: number } | undefined;

  const degrade = (reason: string): void => {
    if (isDegraded) return;
    isDegraded = true;
    tell("degraded", reason);
  };
  const restFor = (ms: number): void => {
    restUntilMs = Math.max(restUntilMs, Date.now() + Math.min(ms, LONGEST_REST_MS));
  };
  return {
    inStep: true,
    succeeded() {
      failures = 0;
      if (!isDegraded || Date.now() < restUntilMs) return;
      isDegraded = false;
      tell("recovered", "it answers rightly again");
    },
    failed(error) {
      // A fork is the chain's, not the endpoint's.
      if (error.problem === "forked") return;
      failures += 1;
      if (error.problem === "untrue") restFor(REST_AFTER_LIE_MS);
      else if (error.problem === "busy") restFor(error.retryAfterMs ?? REST_WHERE_BUSY_MS);
      else restFor(FIRST_REST_MS * 2 ** (failures - 1));
      if (error.problem === "untrue" || failures >= FAILURES) degrade(error.message);
    },
    lied(reason) {
      restFor(REST_AFTER_LIE_MS);
      degrade(reason);
    },
    sawHead(number, nowMs) {
      if (head?.number !== number) head = { number, sinceMs: nowMs };
    },
    isStale(highestHead, nowMs) {
      return head !== undefined && head.number < highestHead && nowMs - head.sinceMs > STALE_AFTER_MS;
    },
    rank(nowMs) {
      if (!this.inStep) return 2;
      return nowMs < restUntilMs ? 1 : 0;
    },
  };
}
