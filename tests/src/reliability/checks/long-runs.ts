import type { DeliveryCount, ExecutionRow, History, InjectedFault } from "../history.ts";
import { disturbances, lifeOf } from "./disturbance.ts";
import { takeUpOf } from "./take-up.ts";
import { type Judgement, judge } from "./verdict.ts";

/** A lease, and what it takes to be heard again after a store came back. */
const AFTERMATH_MS = 15_000;
const LEASE_MS = 10_000;
/** A message that nobody says to work on comes again after this. */
const MESSAGE_WAIT_MS = 6_000;
/** Who hangs has lost its message by then. */
const MESSAGE_LOST_MS = 10_000;
/** Another has its work by then: the lease is over, and what the hanging one held open in Postgres has ended. */
const WORK_LOST_MS = 20_000;
const LONG_TASK = "consistency.deep-check";

/** R4: what was kept by those who lived, and lost by those who hung. */
export function judgeLongRuns(history: History): Judgement {
  const runs = history.executions.filter(({ task, status }) => task === LONG_TASK && status !== "skipped");
  const completed = runs.filter(({ status }) => status === "completed");
  const lost = history.executions
    .filter(({ status }) => status === "recovered")
    .flatMap((run) => unexplained(history, run));
  const calm = completed.filter((run) => lastedMs(run) > MESSAGE_WAIT_MS && isUndisturbed(history, run));
  const hung = runs.flatMap((run) => hangsOf(history, run).map((hang) => ({ run, hang })));
  const messages = hung.flatMap(({ run, hang }) => messageLoss(history, run, hang));
  const works = hung.flatMap(({ run, hang }) => workLoss(history, run, hang));
  return judge(
    "R4",
    [
      {
        what: "runs that outlived a lease",
        count: completed.filter((run) => lastedMs(run) > LEASE_MS).length,
        atLeast: 1,
      },
      { what: "messages kept for longer than the bus waits", count: calm.length, atLeast: 1 },
      { what: "messages that a hanging holder lost", count: messages.length, atLeast: 1 },
      { what: "works that a hanging holder lost", count: works.length, atLeast: 1 },
    ],
    [...lost, ...calm.flatMap((run) => givenAway(history, run)), ...messages.flat(), ...works.flat()],
  );
}

function lastedMs({ startTold, endTold }: ExecutionRow): number {
  return (endTold ?? 0) - (startTold ?? 0);
}

/** A run that was cut short though nothing had befallen its process or the stores. */
function unexplained(history: History, run: ExecutionRow): string[] {
  const { startTold, endTold, instance, executionId, task, reason } = run;
  const life = lifeOf(history, instance);
  const from = (startTold ?? endTold ?? 0) - AFTERMATH_MS;
  const to = endTold ?? from;
  if (!life || life.endedBy !== undefined || life.endedAt !== undefined) return [];
  if (disturbances(history, life.name, from, to).length > 0) return [];
  return [`run ${executionId} of ${task} was cut short, and nothing had befallen ${life.name}: ${reason}`];
}

function isUndisturbed(history: History, { instance, startTold, endTold }: ExecutionRow): boolean {
  const life = lifeOf(history, instance);
  const [from, to] = [(startTold ?? 0) - AFTERMATH_MS, endTold ?? 0];
  return life !== undefined && disturbances(history, life.name, from, to).length === 0;
}

/** The bus gives one message at a time: one that it delivered during the run was the run's own. */
function givenAway({ deliveries }: History, { executionId, startTold, endTold }: ExecutionRow): string[] {
  const during = deliveries.filter(
    ({ askedAt, answeredAt }) => askedAt >= (startTold ?? 0) && answeredAt <= (endTold ?? 0),
  );
  const seen = new Set(during.map(({ deliveries: count }) => count));
  return seen.size <= 1 ? [] : [`the message of run ${executionId} was delivered again while it was worked on`];
}

/** The hangs and stops that befell its process while the run was under way. */
function hangsOf({ faults, lives }: History, { instance, startTold, endTold }: ExecutionRow): InjectedFault[] {
  const life = lifeOf({ lives }, instance);
  return faults.filter(
    ({ kind, target, from }) =>
      /^(hang|stop)( |$)/.test(kind) &&
      target === life?.name &&
      startTold !== null &&
      startTold < from &&
      (endTold ?? from) >= from &&
      (life.endedAt ?? from) >= from &&
      life.startedAt < from,
  );
}

/** What says that a hang cost the message too late: one entry for each that can be told, empty where all was well. */
function messageLoss(history: History, run: ExecutionRow, hang: InjectedFault): string[][] {
  const { deliveries, lives } = history;
  const limit = hang.from + MESSAGE_LOST_MS;
  const before = deliveries.findLast(({ answeredAt }) => answeredAt <= hang.from);
  const other = lives.some(
    ({ name, readyAt, endedAt }) => isPeer(name, hang.target) && isWithin(readyAt, endedAt, hang.from, limit),
  );
  if (hang.to < limit || !before || !other || isDisturbed(history, hang, limit)) return [];
  const after = deliveries.filter(({ askedAt }) => askedAt >= hang.from);
  const lostBy = after.find((count) => count.deliveries !== before.deliveries);
  if (!lostBy && !after.some(({ askedAt }) => askedAt >= limit)) return [];
  const inTime = lostBy !== undefined && earliest(deliveries, lostBy) <= limit;
  return [inTime ? [] : [`${hang.target} hung, and kept the message of run ${run.executionId}`]];
}

/** When it can have been made at the earliest: after the last look that did not see it was begun. */
function earliest(deliveries: readonly DeliveryCount[], made: DeliveryCount): number {
  return deliveries[deliveries.indexOf(made) - 1]?.askedAt ?? made.askedAt;
}

function workLoss(history: History, run: ExecutionRow, hang: InjectedFault): string[][] {
  const limit = hang.from + WORK_LOST_MS;
  const taken = takeUpOf(history, run, hang.from);
  if (hang.to < limit || !taken || (taken.tookMs > WORK_LOST_MS && taken.isExcused(WORK_LOST_MS))) return [];
  const tookMs = Math.round(taken.tookMs);
  const late = `${hang.target} hung, and kept the work of run ${run.executionId} for ${tookMs} ms`;
  return [tookMs > WORK_LOST_MS ? [late] : []];
}

function isPeer(name: string, other: string): boolean {
  return name !== other && name.replace(/-\d$/, "") === other.replace(/-\d$/, "");
}

function isWithin(readyAt: number | undefined, endedAt: number | undefined, from: number, to: number): boolean {
  return readyAt !== undefined && readyAt <= from && (endedAt ?? to) >= to;
}

/** Whether anything else was at fault that could keep the bus from giving the message to another, or us from seeing it. */
function isDisturbed(history: History, hang: InjectedFault, until: number): boolean {
  const peers = new Set(history.lives.map(({ name }) => name).filter((name) => isPeer(name, hang.target)));
  return [...peers].some((name) => disturbances(history, name, hang.from - AFTERMATH_MS, until).length > 0);
}
