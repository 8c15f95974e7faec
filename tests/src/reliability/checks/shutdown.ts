import type { History, Life } from "../history.ts";
import { disturbances } from "./disturbance.ts";
import { type Judgement, judge } from "./verdict.ts";

const LIMIT_MS = 10_000;
/** A store that came back, or a process that woke, may take this long to be itself again. */
const AFTERMATH_MS = 5_000;

/**
 * R6. Where neither the stores nor the process's connections were at fault: exit 0 within ten seconds. Where they were:
 * an end of the process's own within the same time, with whatever code, so that no supervisor must kill it. A process
 * that has not said that it started holds nothing yet, and is asked to end in time alone.
 */
export function judgeShutdown(history: History): Judgement {
  const told = history.lives.filter(({ endedBy }) => endedBy === "SIGTERM");
  const healthy = told.filter((life) => life.readyAt !== undefined && isHealthy(history, life));
  const violations = told.flatMap((life) => {
    const { name, pid, code, toldAt = 0, endedAt } = life;
    const who = `${name} (${pid})`;
    if (endedAt === undefined) return [`${who} did not end`];
    if (endedAt - toldAt > LIMIT_MS) return [`${who} took ${endedAt - toldAt} ms to end, with ${code}`];
    if (healthy.includes(life) && code !== 0) return [`${who} ended with ${code} though all was well`];
    return [];
  });
  return judge(
    "R6",
    [
      { what: "shutdowns while all was well", count: healthy.length, atLeast: 5 },
      { what: "shutdowns amid faults", count: told.length - healthy.length, atLeast: 0 },
    ],
    violations,
  );
}

function isHealthy(history: History, { name, toldAt = 0, endedAt = 0 }: Life): boolean {
  const own = disturbances(history, name, toldAt - AFTERMATH_MS, endedAt);
  return own.every(({ kind, from }) => kind === "terminate" && from >= toldAt - AFTERMATH_MS);
}
