import { createHash } from "node:crypto";

/** Of so many of the suite's short runs, one is so. */
const RUNS_IN = { checks: 5, failing: 20, failingOnce: 6 };
/** Of so many events, one fails once in each process, and one for good. */
const EVENTS_IN = { flaky: 25, poison: 40 };

/** How a run of the suite's service goes: `fails` at each try, `checks` is a real one of the consistency checks. */
export type RunTemper = "good" | "fails once" | "fails" | "checks";
/** How an event fares with its consumer: `flaky` fails once, `poison` for good at its first try, `stubborn` at each. */
export type EventTemper = "good" | "flaky" | "poison" | "stubborn";

/** By the message alone: every process that tries it, and the checks, come to the same. */
export function runTemperOf(task: string, messageId: string): RunTemper {
  const isShort = task === "consistency.check";
  if (isShort && draw(`${messageId} fails`) % RUNS_IN.failing === 0) return "fails";
  if (isShort && draw(`${messageId} checks`) % RUNS_IN.checks === 0) return "checks";
  return draw(messageId) % RUNS_IN.failingOnce === 0 ? "fails once" : "good";
}

export function eventTemperOf(eventId: string): EventTemper {
  const drawn = draw(eventId);
  if (drawn % EVENTS_IN.poison === 0) return "poison";
  return drawn % EVENTS_IN.flaky === 0 ? "flaky" : "good";
}

/** A number that is as good as random, and the same each time. */
export function draw(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}
