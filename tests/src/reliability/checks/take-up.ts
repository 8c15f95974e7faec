import { lockOf, type TaskName } from "@vigia/messages";
import type { ExecutionRow, History, InjectedFault } from "../history.ts";
import { befallsAll, lifeOf } from "./disturbance.ts";

/** A store that came back takes this long to be heard everywhere again. */
const AFTERMATH_MS = 15_000;

export interface TakeUp {
  readonly run: ExecutionRow;
  /** From when somebody could go on with the work until somebody did. */
  readonly tookMs: number;
  /** Whether another fault could explain that it took longer than that. */
  isExcused(limitMs: number): boolean;
}

/**
 * How the work of a run went on that was cut short at `since`: by the next run for its message, whatever became of the
 * record. What is waited for rightly does not count: a process of the service that is there, and other runs under the
 * same lock. `undefined` where the work did not go on, which is judged elsewhere, or there was nobody else.
 */
export function takeUpOf(history: History, run: ExecutionRow, since: number): TakeUp | undefined {
  const later = history.executions.slice(history.executions.indexOf(run) + 1);
  const next = later.find(({ task, messageId }) => task === run.task && messageId === run.messageId);
  const takenAt = next?.startTold ?? Number.POSITIVE_INFINITY;
  const ableAt = Math.max(ableSince(history, run, since), ...endsUnderItsLock(history, run, since, takenAt));
  if (!Number.isFinite(takenAt) || !Number.isFinite(ableAt)) return undefined;
  return {
    run,
    tookMs: takenAt - ableAt,
    isExcused: (limitMs) =>
      others(history, run).some(
        ({ from, to }) => from <= Math.min(takenAt, ableAt + limitMs) && to >= since - AFTERMATH_MS,
      ),
  };
}

function serviceOf(instance: string): string {
  return instance.split("@")[0] ?? "";
}

/** Since when another process of the run's service was there. */
function ableSince(history: History, { instance }: ExecutionRow, since: number): number {
  const own = lifeOf(history, instance);
  const there = history.lives.filter(
    (life) =>
      life !== own && life.name.replace(/-\d$/, "") === serviceOf(instance) && (life.endedAt ?? since + 1) > since,
  );
  return Math.min(...there.map(({ readyAt }) => Math.max(since, readyAt ?? Number.POSITIVE_INFINITY)));
}

function endsUnderItsLock({ executions }: History, run: ExecutionRow, since: number, until: number): number[] {
  const lock = lockOf(run.task as TaskName);
  return executions
    .filter((other) => lockOf(other.task as TaskName) === lock && !isInLine(other, run))
    .filter(({ startTold }) => startTold !== null && startTold >= since && startTold < until)
    .map(({ endTold }) => endTold ?? until);
}

/** Ticks of one task come one after the other, and so do commands: none is given out while one before it is open. */
function isInLine(one: ExecutionRow, other: ExecutionRow): boolean {
  const isTick = ({ messageId }: ExecutionRow) => messageId?.includes("@") ?? false;
  return one.task === other.task && isTick(one) === isTick(other);
}

/** The faults that befell the stores, the machine, or those of the service that could go on. */
function others(history: History, { instance }: ExecutionRow): InjectedFault[] {
  const own = lifeOf(history, instance)?.name;
  return history.faults.filter(
    ({ target }) => befallsAll(target) || (target !== own && target.replace(/-\d$/, "") === serviceOf(instance)),
  );
}
