import type { History, ScheduleRow } from "../history.ts";
import { groupBy, type Judgement, judge, twice } from "./verdict.ts";

const RANGE = /^(\d+) instants from (\S+) to (\S+) were skipped: ./;
const ONE = /^the instant (\S+) was skipped: ./;
const MANY = 999;
/** In the calm at the end, a schedule that is further behind than this beside its interval has stopped. */
const BEHIND_MS = 15_000;

/** How each due instant of a schedule came out. */
interface Accounts {
  readonly due: readonly number[];
  readonly lost: string[];
  readonly ran: number;
  readonly skipped: number;
}

/** T1, what of T2 the clock's steps can break, and the counting of T4. */
export function judgeTicks(history: History): Judgement[] {
  const accounts = accountsOf(history);
  const sum = (of: (account: Accounts) => number) => accounts.reduce((total, account) => total + of(account), 0);
  const ran = { what: "instants that ran", count: sum(({ ran: count }) => count), atLeast: 50 };
  const skipped = { what: "instants skipped", count: sum(({ skipped: count }) => count), atLeast: 0 };
  const lost = accounts.flatMap((account) => account.lost);
  const doubled = ranTwice(history);
  const early = tooEarly(history);
  const replicas = history.faults.filter(({ target }) => target.startsWith("scheduler")).length;
  const clocks = history.faults.filter(({ kind }) => kind === "clock set").length;
  return [
    judge(
      "T1",
      [ran, skipped, { what: "faults of schedulers", count: replicas, atLeast: 1 }],
      [...lost, ...doubled, ...early],
    ),
    judge("T2", [ran, { what: "clocks set", count: clocks, atLeast: 1 }], [...doubled, ...early]),
    judgeSkips(history),
  ];
}

/** Every schedule's instants: which were due, and which of them are lost. */
export function accountsOf(history: History): Accounts[] {
  return history.schedules.map((schedule) => accountOf(history, schedule));
}

function accountOf(history: History, { task, everySeconds, from, lastFired, until }: ScheduleRow): Accounts {
  const skipped = new Set(skipsOf(history, task).flatMap(({ instants }) => instants(everySeconds)));
  const dead = new Set(history.deadLetters.map(({ messageId }) => messageId));
  const due: number[] = [];
  const lost: string[] = [];
  let [ran, missed] = [0, 0];
  const stepMs = everySeconds * 1_000;
  if (lastFired < until - stepMs - BEHIND_MS) {
    lost.push(`${task} has dealt with no instant since ${new Date(lastFired).toISOString()}`);
  }
  for (let at = (Math.floor(from / stepMs) + 1) * stepMs; at <= lastFired; at += stepMs) {
    const id = `${task}@${new Date(at).toISOString()}`;
    due.push(at);
    const isSkipped = skipped.has(at);
    if (isSkipped && history.handled.has(`${task} ${id}`)) lost.push(`${id} was skipped, and ran`);
    if (history.handled.has(`${task} ${id}`) || dead.has(id)) ran += 1;
    else if (isSkipped) missed += 1;
    else lost.push(`${id} has neither a run nor a skip`);
  }
  return { due, lost, ran, skipped: missed };
}

interface Skip {
  readonly id: string;
  readonly reason: string;
  /** How many the record says that they are. */
  readonly told: number;
  instants(everySeconds: number): number[];
}

function skipsOf({ executions }: History, task: string): Skip[] {
  const records = executions.filter((execution) => execution.task === task && execution.status === "skipped");
  return records.map(({ messageId, reason }): Skip => {
    const range = RANGE.exec(reason);
    const own = instantOf(messageId ?? "");
    const from = range ? Date.parse(range[2] ?? "") : own;
    const to = range ? Date.parse(range[3] ?? "") : own;
    return {
      id: messageId ?? "",
      reason,
      told: range ? Number(range[1]) : 1,
      instants: (everySeconds) => {
        const count = Math.round((to - from) / (everySeconds * 1_000)) + 1;
        return Array.from({ length: count }, (_, index) => from + index * everySeconds * 1_000);
      },
    };
  });
}

function ranTwice({ executions }: History): string[] {
  const completed = executions.filter(({ status, messageId }) => status === "completed" && messageId?.includes("@"));
  return twice(completed.map(({ messageId }) => messageId ?? "")).map((id) => `${id} was completed twice`);
}

/** Postgres says when: a run that began before its instant, or a skip of one that was yet to come. */
function tooEarly(history: History): string[] {
  return history.schedules.flatMap(({ task, everySeconds }) => {
    const skips = new Map(skipsOf(history, task).map((skip) => [skip.id, Math.max(...skip.instants(everySeconds))]));
    return history.executions.flatMap(({ task: of, status, messageId, startTold, endTold }) => {
      if (of !== task || !messageId?.includes("@")) return [];
      const isSkip = status === "skipped";
      const told = isSkip ? endTold : startTold;
      const at = isSkip ? skips.get(messageId) : instantOf(messageId);
      if (told === null || at === undefined || told >= at) return [];
      return [`${messageId} ${isSkip ? "was skipped" : "ran"} ${at - told} ms before its time`];
    });
  });
}

/** A replayed dead letter's runs have its number behind a `#`. */
function instantOf(messageId: string): number {
  return Date.parse(messageId.replace(/^.*@/, "").replace(/#.*$/, ""));
}

function judgeSkips(history: History): Judgement {
  const violations: string[] = [];
  let records = 0;
  for (const { task, everySeconds } of history.schedules) {
    for (const { id, reason, told, instants } of skipsOf(history, task)) {
      records += 1;
      const isSaid = RANGE.test(reason) || ONE.test(reason) || reason === "the tick before it still waits or runs";
      if (!isSaid) violations.push(`the skip ${id} gives no reason: "${reason}"`);
      const count = instants(everySeconds).length;
      if (count !== told && told < MANY)
        violations.push(`the skip ${id} speaks of ${told} instants; they are ${count}`);
    }
  }
  const events = groupBy(history.outbox, ({ subject }) => subject.split(".").slice(0, 4).join("."));
  const told = events.get("vigia.event.run.skipped")?.length ?? 0;
  if (told !== records) violations.push(`${records} skips are on record, and ${told} were told`);
  return judge("T4", [{ what: "skips on record", count: records, atLeast: 1 }], violations);
}
