import type { ExecutionRow, Findings, History, Life } from "../history.ts";
import { judgeAll } from "./index.ts";
import { at, CHECK, EMPTY, soundHistory, tick, worker } from "./sound-history.ts";
import { type Judgement, PROMISES, type PromiseName } from "./verdict.ts";

function verdictOf(history: History, promise: PromiseName): Judgement {
  const found = judgeAll(history).find((judgement) => judgement.promise === promise);
  if (!found) throw new Error(`nobody judged ${promise}`);
  return found;
}

type Breakage = (history: History) => Partial<History>;

function first<T>(items: readonly T[], isMeant: (item: T) => boolean = () => true): T {
  const found = items.find(isMeant);
  if (found === undefined) throw new Error("the sound history has none");
  return found;
}

function replaced<T>(items: readonly T[], isMeant: (item: T) => boolean, change: Partial<T>): T[] {
  const meant = first(items, isMeant);
  return items.map((item) => (item === meant ? { ...item, ...change } : item));
}

const run = (number: number) => (execution: ExecutionRow) => execution.executionId === `run ${number}`;

/** Histories whose issues are otherwise. */
const FINDINGS: readonly (readonly [PromiseName, string, Breakage])[] = [
  [
    "F1",
    "an order that is wrong, and no issue",
    inFindings(({ issues }) => ({ issues: issues.filter(({ entityId }) => entityId !== "planted 3") })),
  ],
  [
    "F1",
    "an order that is mended, and an issue still",
    inFindings(({ issues }) => ({
      issues: replaced(issues, ({ status }) => status === "resolved", { status: "open" }),
    })),
  ],
  [
    "F1",
    "a clean order that was reported",
    inFindings(({ issues }) => ({ issues: [...issues, { ...first(issues), entityId: "clean" }] })),
  ],
  ["F2", "an issue that was opened twice", inFindings(({ told }) => ({ told: [first(told), ...told] }))],
  [
    "F2",
    "an issue that was resolved twice",
    inFindings(({ told }) => ({ told: [...told, first(told, ({ change }) => change === "resolved")] })),
  ],
  [
    "F2",
    "an issue whose end was not told",
    inFindings(({ told }) => ({ told: told.filter(({ change }) => change !== "resolved") })),
  ],
  [
    "F2",
    "an update that says nothing new",
    inFindings(({ told }) => ({ told: replaced(told, ({ change }) => change === "updated", { evidence: "first" }) })),
  ],
  [
    "F2",
    "an opening that is not on record",
    inFindings(({ issues }) => ({ issues: replaced(issues, () => true, { occurrences: 2 }) })),
  ],
];

function inFindings(change: (findings: Findings) => Partial<Findings>): Breakage {
  return ({ findings }) => ({ findings: { ...findings, ...change(findings) } });
}

const BREAKAGES: readonly (readonly [PromiseName, string, Breakage])[] = [
  [
    "T1",
    "a tick that is lost",
    ({ handled }) => ({ handled: new Set([...handled].filter((one) => one !== `${CHECK} ${tick(7)}`)) }),
  ],
  [
    "T1",
    "a schedule that stopped",
    ({ schedules }) => ({ schedules: replaced(schedules, () => true, { until: at(120) }) }),
  ],
  [
    "T1",
    "a skip that is not counted",
    ({ executions }) => ({ executions: executions.filter(({ status }) => status !== "skipped") }),
  ],
  [
    "T1",
    "a tick that ran twice",
    ({ executions }) => ({ executions: [...executions, { ...first(executions, run(7)), executionId: "again" }] }),
  ],
  [
    "T2",
    "a tick that ran twice",
    ({ executions }) => ({ executions: [...executions, { ...first(executions, run(7)), executionId: "again" }] }),
  ],
  [
    "T1",
    "a tick that was skipped, and ran",
    ({ handled }) => ({ handled: new Set([...handled, `${CHECK} ${tick(40)}`]) }),
  ],
  [
    "T1",
    "a skip of what was yet to come",
    ({ executions }) => ({
      executions: replaced(executions, ({ status }) => status === "skipped", { endTold: at(40) - 1 }),
    }),
  ],
  [
    "T2",
    "a tick before its time",
    ({ executions }) => ({ executions: replaced(executions, run(7), { startTold: at(7) - 1 }) }),
  ],
  [
    "T4",
    "a skip without a reason",
    ({ executions }) => ({ executions: replaced(executions, ({ status }) => status === "skipped", { reason: "" }) }),
  ],
  [
    "T4",
    "a skip that counts wrongly",
    ({ executions }) => ({
      executions: replaced(executions, ({ status }) => status === "skipped", {
        reason: `3 instants from ${new Date(at(39)).toISOString()} to ${new Date(at(40)).toISOString()} were skipped: late`,
      }),
    }),
  ],
  [
    "R1",
    "an old fence that wrote after a newer one",
    ({ effects }) => ({ effects: [...effects, { ...first(effects), position: 0, committedAt: 1_000 }] }),
  ],
  [
    "R1",
    "two holders at once, by their notes",
    ({ notes }) => ({ notes: replaced(notes, ({ fence, what }) => fence === 5 && what === "began", { atMs: 900 }) }),
  ],
  [
    "R1",
    "one fence for two processes",
    ({ effects }) => ({ effects: replaced(effects, ({ fence }) => fence === 5, { instance: worker(9) }) }),
  ],
  [
    "R2",
    "a run that never ended",
    ({ executions }) => ({ executions: replaced(executions, run(7), { status: "running", hasEnd: false }) }),
  ],
  [
    "R2",
    "a run that was begun and not finished",
    ({ handled }) => ({ handled: new Set([...handled].filter((one) => one !== `${CHECK} ${tick(31)}`)) }),
  ],
  [
    "R2",
    "a run whose record was closed in time, and its work taken up too late",
    ({ executions, faults }) => ({
      faults: faults.slice(0, 2),
      executions: replaced(executions, run(31), { startTold: at(49) }),
    }),
  ],
  [
    "R2",
    "a run that a restart in place left open",
    ({ executions, faults, lives }) => ({
      faults: faults.slice(0, 2),
      lives: [...lives, { name: "worker-1", pid: 9, startedAt: at(32), readyAt: at(33) }],
      executions: replaced(executions, ({ executionId }) => executionId === "cut", { endTold: at(36) }),
    }),
  ],
  [
    "R3",
    "a step twice",
    ({ effects }) => ({
      effects: [...effects, { ...first(effects, ({ fence }) => fence === 99 || fence === 61), position: 999 }],
    }),
  ],
  [
    "R3",
    "a finished run that lacks a step",
    ({ effects }) => ({ effects: effects.filter(({ messageId, step }) => !(messageId === tick(7) && step === 2)) }),
  ],
  ["R3", "an event whose effect was had twice", ({ consumed }) => ({ consumed: [...consumed, first(consumed)] })],
  ["R3", "an order that expired twice", ({ orders }) => ({ orders: replaced(orders, () => true, { expiries: 2 }) })],
  ["R3", "a user who was told twice", ({ orders }) => ({ orders: replaced(orders, () => true, { notifications: 3 }) })],
  [
    "R3",
    "an order that should not have expired",
    ({ orders }) => ({ orders: replaced(orders, () => true, { mayExpire: false }) }),
  ],
  [
    "R4",
    "a run that lost its lock for nothing",
    ({ executions, faults }) => ({
      faults: faults.slice(0, 2),
      lives: [{ name: "worker-1", pid: 1, startedAt: at(-9) }],
      executions: replaced(executions, run(7), { status: "recovered", reason: "the lock is lost" }),
    }),
  ],
  [
    "R4",
    "a message that was given to another while it was worked on",
    ({ deliveries }) => ({
      deliveries: replaced(deliveries, ({ askedAt }) => askedAt === at(70), { deliveries: 1 }),
    }),
  ],
  [
    "R4",
    "a process that hung and kept its message",
    ({ deliveries }) => ({ deliveries: deliveries.map((count) => ({ ...count, deliveries: 2 })) }),
  ],
  [
    "R4",
    "a process that hung and kept its work",
    ({ executions }) => ({
      executions: replaced(executions, ({ executionId }) => executionId === "heir", { startTold: at(221) }),
    }),
  ],
  [
    "R5",
    "a completed run without its start",
    ({ executions }) => ({ executions: replaced(executions, run(7), { startTold: null }) }),
  ],
  [
    "R5",
    "a completed run without a fence",
    ({ executions }) => ({ executions: replaced(executions, run(7), { fence: null }) }),
  ],
  ["R5", "a record that was changed after its end", () => ({ rewritten: ["run 7#1"] })],
  [
    "R5",
    "an effect of a run that is not on record",
    ({ executions }) => ({ executions: executions.filter((one) => !run(7)(one)) }),
  ],
  ["R6", "a shutdown that failed", ({ lives }) => ({ lives: replaced(lives, ({ pid }) => pid === 2, { code: 1 }) })],
  [
    "R6",
    "a shutdown that took too long",
    ({ lives }) => ({ lives: replaced(lives, ({ pid }) => pid === 2, { endedAt: at(111) }) }),
  ],
  [
    "R6",
    "a process that did not end",
    ({ lives }) => ({ lives: lives.map((life) => (life.pid === 2 ? withoutEnd(life) : life)) }),
  ],
  [
    "R7",
    "a run that was taken from the living",
    ({ lives }) => ({ faults: [], lives: lives.map((life) => (life.pid === 1 ? withoutEnd(life) : life)) }),
  ],
  [
    "M1",
    "a command that is lost",
    ({ handled }) => ({ handled: new Set([...handled].filter((one) => !one.endsWith("command 3"))) }),
  ],
  ["M1", "an event that the feed lacks", ({ feed }) => ({ feed: new Set([...feed].slice(1)) })],
  ["M1", "an event without effect", ({ consumed }) => ({ consumed: consumed.slice(1) })],
  ["M1", "messages that are left over", () => ({ leftOver: ["3 messages in VIGIA_TICKS"] })],
  [
    "M1",
    "a good message that became a dead letter",
    ({ deadLetters }) => ({ deadLetters: [...deadLetters, { consumer: "x", messageId: "good", reason: "why" }] }),
  ],
  ["M2", "a poison message without a dead letter", ({ deadLetters }) => ({ deadLetters: deadLetters.slice(1) })],
  ["M2", "a poison message with two", ({ deadLetters }) => ({ deadLetters: [...deadLetters, first(deadLetters)] })],
  [
    "M2",
    "a failing run that was given up before its last try",
    ({ executions }) => ({ executions: executions.filter(({ executionId }) => executionId !== "failing 5") }),
  ],
  [
    "M2",
    "a failing run without a dead letter",
    ({ deadLetters }) => ({ deadLetters: deadLetters.filter(({ messageId }) => !messageId.includes("@")) }),
  ],
  ["M3", "a change without its event", ({ outbox }) => ({ outbox: outbox.filter(({ id }) => id !== "event 5") })],
  ["M3", "an event without its change", ({ effects }) => ({ effects: effects.slice(1) })],
  ["M3", "an event that was not published", ({ stream }) => ({ stream: stream.slice(1) })],
  [
    "M3",
    "an event that was published twice",
    ({ stream }) => ({ stream: [...stream, { sequence: 9_999, id: "expiry 0" }] }),
  ],
  [
    "M3",
    "an event that was rolled back and published",
    ({ stream }) => ({ stream: [...stream, { sequence: 9_999, id: "ghost" }] }),
  ],
  [
    "M3",
    "events of one aggregate out of order",
    ({ stream }) => ({ stream: replaced(stream, ({ id }) => id === "event 5", { sequence: 9_999 }) }),
  ],
  [
    "M3",
    "an expiry that no event tells",
    ({ orders }) => ({ orders: [...orders, { ...first(orders), id: "silent" }] }),
  ],
  ["S1", "a process that did not return to Redis", () => ({ degraded: ["cleanup"] })],
  ["S1", "a service that died with Redis", ({ lives }) => ({ lives: [...lives, died(at(5))] })],
  ["S2", "a success that was not committed", ({ claims }) => ({ claims: [...claims, "run 1000"] })],
  ["S2", "a commit that is gone", ({ effects }) => ({ effects: effects.slice(1) })],
  ["S2", "a service that died with Postgres", ({ lives }) => ({ lives: [...lives, died(at(16))] })],
  [
    "S3",
    "an event that waits for ever",
    ({ outbox }) => ({ outbox: replaced(outbox, ({ id }) => id === "expiry 1", { relayed: false }) }),
  ],
  [
    "S3",
    "a tick that its outage cost",
    ({ handled }) => ({ handled: new Set([...handled].filter((one) => one !== `${CHECK} ${tick(20)}`)) }),
  ],
  ["S3", "a service that died with NATS", ({ lives }) => ({ lives: [...lives, died(at(20))] })],
  [
    "C1",
    "a log that is not recorded",
    ({ chain }) => ({ chain: { ...chain, logsRecorded: chain.logsRecorded.slice(1) } }),
  ],
  [
    "C1",
    "a log of a fork that is gone",
    ({ chain }) => ({ chain: { ...chain, logsRecorded: [...chain.logsRecorded, "undone"] } }),
  ],
  ...FINDINGS,
  [
    "C1",
    "an escrow's row that differs",
    ({ chain }) => ({ chain: { ...chain, recorded: { ...chain.recorded, "escrow 0": "funded" } } }),
  ],
];

function withoutEnd({ name, pid, startedAt, readyAt, toldAt, endedBy }: Life): Life {
  const life = { name, pid, startedAt, ...(readyAt === undefined ? {} : { readyAt }) };
  return endedBy === "SIGTERM" ? { ...life, endedBy, ...(toldAt === undefined ? {} : { toldAt }) } : life;
}

function died(endedAt: number): Life {
  return { name: "cleanup", pid: 77, startedAt: at(0), readyAt: at(1), endedAt, code: 1 };
}

describe("the checker", () => {
  it("calls a sound history true, promise by promise", () => {
    const judged = judgeAll(soundHistory());
    expect(judged.filter(({ verdict }) => verdict !== true)).toEqual([]);
    expect(judged.map(({ promise }) => promise)).toEqual(Object.keys(PROMISES));
  });

  it("can say nothing of an empty history", () => {
    expect(judgeAll(EMPTY).map(({ verdict }) => verdict)).toEqual(Object.keys(PROMISES).map(() => "unknown"));
  });

  it("can say little of a history that is too small", () => {
    const { chain, executions, effects, stream, commands, lives, handled, notes, outbox, consumed } = soundHistory();
    const few = judgeAll({
      ...EMPTY,
      ...{ handled, outbox, chain: { ...chain, logsOnChain: [], logsRecorded: [] } },
      ...{ executions: executions.slice(0, 1), effects: effects.slice(0, 2), stream: stream.slice(0, outbox.length) },
      ...{
        notes: notes.slice(0, 4),
        consumed: consumed.slice(0, 2),
        lives: lives.slice(1, 2),
        commands: commands.slice(1, 2),
      },
    });
    expect(few.filter(({ verdict }) => verdict === true)).toEqual([]);
  });

  it("does not hold against a process what the machine kept it from", () => {
    const sound = soundHistory();
    const lives = replaced(sound.lives, ({ pid }) => pid === 2, { endedAt: at(111) });
    const stall = { pid: 2, from: at(102), to: at(108), starvedMs: 5_000 };
    expect(verdictOf({ ...sound, lives }, "R6").verdict).toBe(false);
    expect(verdictOf({ ...sound, lives, stalls: [stall] }, "R6").verdict).toBe(true);
  });

  it.each(BREAKAGES)("calls %s false at %s", (promise, _what, breakage) => {
    const sound = soundHistory();
    const judged = verdictOf({ ...sound, ...breakage(sound) }, promise);
    expect(judged).toMatchObject({ promise, verdict: false });
    expect(judged.violations.length).toBeGreaterThan(0);
  });
});
