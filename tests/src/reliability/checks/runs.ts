import type { Effect, ExecutionRow, History, InjectedFault } from "../history.ts";
import { disturbances, lifeOf } from "./disturbance.ts";
import { ENOUGH } from "./enough.ts";
import { type TakeUp, takeUpOf } from "./take-up.ts";
import { groupBy, type Judgement, judge, twice } from "./verdict.ts";

const RECOVERY_MS = 15_000;
/** A process that starts where another died closes what that one left. */
const RESTART_MS = 2_000;
const AFTERMATH_MS = 5_000;

/** R2, R3, R5: what became of the runs, and what is on record of them. */
export function judgeRuns(history: History): Judgement[] {
  return [judgeNoneLost(history), judgeEffects(history), judgeRecord(history)];
}

function judgeNoneLost(history: History): Judgement {
  const { executions, handled, deadLetters } = history;
  const dead = new Set(deadLetters.map(({ messageId }) => messageId));
  const cut = executions.filter(({ status }) => status === "recovered");
  const unfinished = executions
    .filter(({ status, messageId }) => status !== "skipped" && messageId !== null)
    .filter(({ task, messageId }) => !handled.has(`${task} ${messageId}`) && !dead.has(messageId ?? ""))
    .map(({ task, messageId }) => `${task} was begun for ${messageId} and never finished`);
  const running = executions
    .filter(({ status }) => status === "running")
    .map(({ executionId, instance }) => `run ${executionId} of ${instance} never ended`);
  const orphans = orphansOf(history);
  const timed = orphans.flatMap(({ run, diedAt }) => takeUpOf(history, run, diedAt) ?? []);
  const counted = timed.filter((one) => !isSlow(one) || !one.isExcused(RECOVERY_MS));
  const slow = counted
    .filter(isSlow)
    .map(({ run, tookMs }) => `the work of run ${run.executionId} was taken up after ${Math.round(tookMs)} ms`);
  return judge(
    "R2",
    [
      { what: "runs cut short", count: cut.length, atLeast: 1 },
      { what: "times in which others took up the work", count: counted.length, atLeast: 1 },
      { what: "not held against anybody, amid faults", count: timed.length - counted.length, atLeast: 0 },
    ],
    [...new Set(unfinished), ...running, ...slow, ...orphans.flatMap((orphan) => leftByRestart(history, orphan))],
  );
}

function isSlow({ tookMs }: TakeUp): boolean {
  return tookMs > RECOVERY_MS;
}

interface Orphan {
  readonly run: ExecutionRow;
  readonly diedAt: number;
}

/** The runs that were under way when their process was killed. */
function orphansOf(history: History): Orphan[] {
  return history.executions.flatMap((run) => {
    const life = lifeOf(history, run.instance);
    if (run.status !== "recovered" || life?.endedBy !== "SIGKILL" || life.endedAt === undefined) return [];
    return (run.endTold ?? life.endedAt) < life.endedAt ? [] : [{ run, diedAt: life.endedAt }];
  });
}

/** A restart in place begins with what the dead process left running. */
function leftByRestart(history: History, { run, diedAt }: Orphan): string[] {
  const name = lifeOf(history, run.instance)?.name ?? "";
  const heir = history.lives.find((life) => life.name === name && life.startedAt >= diedAt);
  const [ready, closedAt] = [heir?.readyAt, run.endTold ?? Number.POSITIVE_INFINITY];
  if (ready === undefined || closedAt <= ready + RESTART_MS) return [];
  const after = disturbances(history, name, ready - AFTERMATH_MS, ready + RESTART_MS);
  const isOwnDeath = ({ kind, from }: InjectedFault) => kind.startsWith("kill") && from <= diedAt;
  if (!after.every(isOwnDeath)) return [];
  return [
    `${name} started again, and run ${run.executionId} of its dead process was left open for ${Math.round(closedAt - ready)} ms`,
  ];
}

function judgeEffects(history: History): Judgement {
  const { effects, handled, orders, consumed } = history;
  const byMessage = groupBy(effects, ({ task, messageId }) => `${task} ${messageId}`);
  const finished = [...byMessage].filter(([message]) => handled.has(message));
  const resumed = finished.filter(([, rows]) => new Set(rows.map(({ executionId }) => executionId)).size > 1);
  const expired = orders.filter(({ status }) => status === "expired");
  const violations = [
    ...[...byMessage].flatMap(([message, rows]) => mistakesOf(message, rows, handled.has(message))),
    ...twice(consumed).map((id) => `event ${id} had its effect twice`),
    ...expired
      .filter(({ expiries }) => expiries !== 1)
      .map(({ id, expiries }) => `order ${id} expired ${expiries} times`),
    ...expired
      .filter(({ notifications }) => notifications !== 2)
      .map(({ id, notifications }) => `of the expiry of order ${id} ${notifications} users were told, not 2`),
    ...orders
      .filter(({ mayExpire, status }) => mayExpire !== (status === "expired"))
      .map(({ id, status, mayExpire }) => `order ${id} ${mayExpire ? "was due" : "had a deposit"} and is ${status}`),
  ];
  return judge(
    "R3",
    [
      { what: "runs held against their effects", count: finished.length, atLeast: ENOUGH.finishedRuns },
      { what: "runs that went on from a checkpoint", count: resumed.length, atLeast: 1 },
      { what: "orders expired", count: expired.length, atLeast: 20 },
      { what: "events consumed", count: consumed.length, atLeast: ENOUGH.effects },
    ],
    violations,
  );
}

/** Each step once and in order; of a finished run, all of them. */
function mistakesOf(message: string, rows: readonly Effect[], isFinished: boolean): string[] {
  const steps = [...rows].sort((one, other) => one.position - other.position).map(({ step }) => step);
  const inOrder = steps.every((step, index) => step === index + 1);
  if (!inOrder) return [`${message} has the steps ${steps.join(", ")}`];
  const wanted = rows[0]?.steps;
  return isFinished && steps.length !== wanted ? [`${message} is done with ${steps.length} of ${wanted} steps`] : [];
}

function judgeRecord({ executions, effects, rewritten, handled, outbox }: History): Judgement {
  const byId = new Map(executions.map((execution) => [execution.executionId, execution]));
  const completed = executions.filter(({ status }) => status === "completed");
  const told = new Set(outbox.map(({ subject }) => subject.split(".")[3]));
  const violations = [
    ...completed.flatMap(({ executionId, fence, startTold, endTold, task, messageId }) => [
      ...(fence === null ? [`run ${executionId} is completed without a fence`] : []),
      ...(startTold === null ? [`run ${executionId} is completed without its start`] : []),
      ...(endTold === null ? [`the end of run ${executionId} was not told`] : []),
      ...(handled.has(`${task} ${messageId?.split("#")[0]}`)
        ? []
        : [`run ${executionId} is completed, its message open`]),
    ]),
    ...executions
      .filter(({ status, startTold }) => status !== "skipped" && startTold === null)
      .map(({ executionId, status }) => `run ${executionId} is ${status}, and its start was not told`),
    ...executions
      .filter(({ status, endTold }) => status === "recovered" && endTold === null)
      .map(({ executionId }) => `run ${executionId} is recovered, and that was not told`),
    ...executions
      .filter(({ status, hasEnd }) => status !== "running" && !hasEnd)
      .map(({ executionId, status }) => `run ${executionId} is ${status} without an end`),
    ...rewritten.map((key) => `the record of ${key} was changed after its end`),
    ...new Set(
      effects
        .filter(({ executionId, fence, instance }) => {
          const record = byId.get(executionId);
          return record?.fence !== fence || record.instance !== instance;
        })
        .map(({ executionId }) => `run ${executionId} had effects, and is not on record with their fence`),
    ),
  ];
  return judge(
    "R5",
    [
      { what: "executions", count: executions.length, atLeast: 50 },
      { what: "completed", count: completed.length, atLeast: 20 },
      { what: "kinds of events of runs", count: told.size, atLeast: 3 },
    ],
    violations,
  );
}
