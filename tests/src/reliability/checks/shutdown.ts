import type { History, Life } from "../history.ts";
import { disturbances } from "./disturbance.ts";
import { type Judgement, judge } from "./verdict.ts";

const LIMIT_MS = 10_000;
/** A store that came back, or a process that woke, may take this long to be itself again. */
const AFTERMATH_MS = 5_000;

/** A look of ours that was late notes so by then. */
const NOTICE_MS = 200;

/**
 * R6. An end of the process's own within ten seconds, whatever is at fault, so that no supervisor must kill it; with 0
 * where neither the stores nor its connections were at fault. A process that has not said that it started holds nothing
 * yet, and is asked to end in time alone. The time in which the machine did not run it, or us, does not count.
 */
export function judgeShutdown(history: History): Judgement {
  const told = history.lives.filter(({ endedBy }) => endedBy === "SIGTERM");
  const clean = told.filter((life) => life.code === 0 && tookMs(history, life) <= LIMIT_MS);
  const violations = told.flatMap((life) => {
    if (clean.includes(life)) return [];
    const { name, pid, code, toldAt = 0, endedAt, readyAt } = life;
    const around = disturbances(history, name, toldAt - AFTERMATH_MS, endedAt ?? Number.POSITIVE_INFINITY);
    const others = around.filter(({ kind, from }) => kind !== "terminate" || from < toldAt - AFTERMATH_MS);
    const who = `${name} (${pid})`;
    if (endedAt === undefined) return [`${who} did not end`];
    const ms = tookMs(history, life);
    if (ms > LIMIT_MS) return [`${who} took ${Math.round(ms)} ms to end, with ${code}`];
    return others.length === 0 && readyAt !== undefined && code !== 0
      ? [`${who} ended with ${code} though all was well`]
      : [];
  });
  return judge(
    "R6",
    [
      { what: "clean shutdowns", count: clean.length, atLeast: 5 },
      { what: "others, amid faults", count: told.length - clean.length, atLeast: 0 },
    ],
    violations,
  );
}

function tookMs({ stalls, suitePid }: History, { pid, toldAt = 0, endedAt = Number.POSITIVE_INFINITY }: Life): number {
  const starved = (of: number) =>
    stalls
      .filter((stall) => stall.pid === of && stall.from < endedAt + NOTICE_MS && stall.to > toldAt)
      .reduce((sum, { starvedMs }) => sum + starvedMs, 0);
  return endedAt - toldAt - starved(pid) - starved(suitePid);
}
