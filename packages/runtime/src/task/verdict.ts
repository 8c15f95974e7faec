import { backoffMs } from "../backoff.ts";
import type { Verdict } from "../bus/pull.ts";
import type { RunOutcome } from "./run-task.ts";

const BUSY_RETRY_MS = 1_000;

/** What becomes of the message whose run came to this. A last failure ends as a dead letter, which the caller keeps. */
export function verdictOf(outcome: RunOutcome, random: () => number = Math.random): Verdict {
  switch (outcome.kind) {
    case "completed":
    case "cancelled":
    case "done-before":
      return { say: "ack" };
    case "busy":
      return { say: "retry", delayMs: BUSY_RETRY_MS };
    case "stopped":
      return { say: "retry", delayMs: 0 };
    case "lost":
      return { say: "keep" };
    case "failed":
      return outcome.last ? { say: "term" } : { say: "retry", delayMs: backoffMs(outcome.attempt, random) };
  }
}
