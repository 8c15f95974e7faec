import type { DeliveryCount, Effect, ExecutionRow, Findings, History, Life, Note, OutboxRow } from "../history.ts";
import { PLANTED_CHECK } from "./findings.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const SECONDS = 60;
/** The seconds whose run was cut short, and whose tick was skipped. */
const CUT = 31;
const SKIPPED = 40;
const ORDERS = 20;
export const CHECK = "consistency.check";
const LONG = "consistency.deep-check";

/** Nothing happened. */
export const EMPTY: History = {
  faults: [],
  lives: [],
  stalls: [],
  suitePid: 0,
  schedules: [],
  executions: [],
  rewritten: [],
  handled: new Set(),
  deadLetters: [],
  effects: [],
  notes: [],
  outbox: [],
  stream: [],
  consumed: [],
  feed: new Set(),
  orders: [],
  commands: [],
  leftOver: [],
  degraded: [],
  failingTicks: new Set(),
  deliveries: [],
  findings: { planted: [], issues: [], told: [] },
  claims: [],
  chain: { reorgs: 0, logsOnChain: [], logsRecorded: [], onChain: {}, recorded: {} },
};

export const at = (second: number) => START + second * 1_000;
export const tick = (second: number) => `${CHECK}@${new Date(at(second)).toISOString()}`;
export const worker = (pid: number) => `worker@host#${pid}#boot`;

/** Writes down executions, effects, notes and events that fit each other. */
function createRecorder() {
  const executions: ExecutionRow[] = [];
  const effects: Effect[] = [];
  const notes: Note[] = [];
  const outbox: OutboxRow[] = [];
  const handled = new Set<string>();

  function emit(id: string, subject: string, aggregate: string, temper: string | null = null) {
    outbox.push({ position: outbox.length + 1, id, subject, aggregate, createdAt: at(8), relayed: true, temper });
  }

  function run(execution: Partial<ExecutionRow> & Pick<ExecutionRow, "executionId" | "messageId" | "startTold">) {
    const whole: ExecutionRow = {
      ...{ task: CHECK, status: "completed", attempt: 1, instance: worker(1), fence: 1, reason: "", hasEnd: true },
      ...{ endTold: (execution.startTold ?? 0) + 500, ...execution },
    };
    executions.push(whole);
    const aggregate = `run:${whole.executionId}`;
    if (whole.status !== "skipped") emit(`${aggregate}:0`, "vigia.event.run.started.x", aggregate);
    emit(`${aggregate}:1`, `vigia.event.run.${whole.status}.x`, aggregate);
    if (whole.status === "completed") handled.add(`${whole.task} ${whole.messageId}`);
  }

  function step(executionId: string, messageId: string, number: number, fence: number, pid: number, temper = "good") {
    const eventId = `event ${effects.length}`;
    const position = effects.length + 1;
    effects.push({
      ...{ position, committedAt: position, task: CHECK, messageId, executionId, step: number, steps: 2, fence },
      ...{ instance: worker(pid), eventId },
    });
    const about = { pid, lock: "consistency", fence, step: number, eventId };
    notes.push({ ...about, what: "began", atMs: position * 10 });
    notes.push({ ...about, what: "committed", atMs: position * 10 + 1 });
    emit(eventId, "vigia.event.reliability.step", "reliability", temper);
  }

  return { executions, effects, notes, outbox, handled, emit, run, step };
}

/** A minute of a task that is due each second, killed once, skipped once; a long run; orders that expired. */
function recordMinute() {
  const recorder = createRecorder();
  const { run, step, emit } = recorder;
  for (let second = 1; second <= SECONDS; second++) {
    const pid = second <= 30 ? 1 : 2;
    const id = tick(second);
    if (second === SKIPPED) {
      const reason = "the tick before it still waits or runs";
      run({ executionId: id, messageId: id, status: "skipped", startTold: null, endTold: at(second), reason });
      continue;
    }
    const cut = second === CUT;
    if (cut) {
      const reason = "its process ended before it did";
      const times = { startTold: at(CUT), endTold: at(32) };
      run({ executionId: "cut", messageId: id, status: "recovered", reason, fence: 31, ...times });
      step("cut", id, 1, 31, 1);
    }
    const fence = second < CUT ? second : second + 1;
    run({ executionId: `run ${second}`, messageId: id, instance: worker(pid), fence, startTold: at(second) });
    if (!cut) step(`run ${second}`, id, 1, fence, pid, second % 10 === 0 ? "poison" : "good");
    step(`run ${second}`, id, 2, fence, pid);
  }
  recordLong(recorder);
  for (let order = 0; order < ORDERS; order++) {
    emit(`expiry ${order}`, `vigia.event.order.expired.order ${order}`, `order:${order}`);
  }
  return recorder;
}

/** A long run that nothing befell; and one whose process hung, which another took up. */
function recordLong({ run }: ReturnType<typeof createRecorder>) {
  const long = { task: LONG, instance: worker(7) };
  run({ ...long, executionId: "long", messageId: `${LONG}@x`, fence: 99, startTold: at(61), endTold: at(75) });
  const hung = { ...long, messageId: `${LONG}@y`, fence: 100, startTold: at(198) };
  run({ ...hung, executionId: "hung", status: "recovered", reason: "its end could not be recorded", endTold: at(216) });
  const heir = { ...long, instance: worker(8), messageId: `${LONG}@y`, fence: 101, startTold: at(216) };
  run({ ...heir, executionId: "heir", endTold: at(224) });
}

/** Looks at the long runs' consumer, half a second apart: the hung one's message went to the other. */
function lookAtDeliveries(): DeliveryCount[] {
  return Array.from({ length: 340 }, (_, index): DeliveryCount => {
    const askedAt = at(60) + index * 500;
    return { askedAt, answeredAt: askedAt + 5, deliveries: askedAt < at(206) ? 2 : 3 };
  });
}

/** Orders that trade with themselves: of six one was mended, and that was seen. */
function soundFindings(): Findings {
  const planted = Array.from({ length: 6 }, (_, index) => ({ id: `planted ${index}`, mended: index === 0 }));
  const told = planted.map(({ id }) => ({ fingerprint: `issue of ${id}`, change: "opened", evidence: "first" }));
  const [first] = told;
  return {
    planted,
    issues: planted.map(({ id, mended }) => ({
      ...{ fingerprint: `issue of ${id}`, check: PLANTED_CHECK, entityId: id, occurrences: 1 },
      ...{ status: mended ? "resolved" : "open", changes: mended ? 3 : 1 },
    })),
    told: first
      ? [
          ...told,
          { ...first, change: "updated", evidence: "second" },
          { ...first, change: "resolved", evidence: "second" },
        ]
      : [],
  };
}

/** A tick whose run fails at each try. */
const FAILING = tick(SECONDS + 1);

function recordFailing({ run }: ReturnType<typeof createRecorder>) {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const times = { startTold: at(230 + attempt), endTold: at(230.5 + attempt), fence: 110 + attempt };
    run({ ...times, executionId: `failing ${attempt}`, messageId: FAILING, attempt, status: "failed" });
  }
}

/** A history in which every promise was kept, and enough was seen of each. */
export function soundHistory(): History {
  const recorder = recordMinute();
  recordFailing(recorder);
  const { executions, effects, notes, outbox, handled } = recorder;
  const poison = outbox.filter(({ temper }) => temper === "poison").map(({ id }) => id);
  const commands = Array.from({ length: 12 }, (_, index) => ({ id: `command ${index}`, poison: index === 0 }));
  for (const { id } of commands.slice(1)) handled.add(`cleanup.expire-orders ${id}`);
  const logs = Array.from({ length: 20 }, (_, index) => `log ${index}`);
  const facts = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`escrow ${index}`, "released"]));
  return {
    ...{ ...EMPTY, faults: FAULTS, lives: LIVES, executions, effects, notes, outbox, handled, commands },
    schedules: [{ task: CHECK, everySeconds: 1, from: START, lastFired: at(SECONDS), until: at(SECONDS + 1) }],
    orders: Array.from({ length: ORDERS }, (_, order) => ({
      ...{ id: `order ${order}`, mayExpire: true, status: "expired", expiries: 1, notifications: 2 },
    })),
    deadLetters: [...poison, "command 0", FAILING].map((messageId) => ({ consumer: "x", messageId, reason: "poison" })),
    stream: outbox.map(({ id }, index) => ({ sequence: index + 1, id })),
    consumed: effects.map(({ eventId }) => eventId).filter((id) => !poison.includes(id)),
    feed: new Set(outbox.map(({ id }) => id)),
    claims: executions.filter(({ status }) => status === "completed").map(({ executionId }) => executionId),
    failingTicks: new Set([FAILING]),
    deliveries: lookAtDeliveries(),
    findings: soundFindings(),
    chain: { reorgs: 1, logsOnChain: logs, logsRecorded: logs, onChain: facts, recorded: facts },
  };
}

const FAULTS: History["faults"] = [
  { kind: "terminate", target: "scheduler-1", from: at(-100), to: at(-99) },
  { kind: "clock set", target: "cleanup", from: at(-100), to: at(-99) },
  { kind: "redis killed", target: "redis", from: at(2), to: at(12) },
  { kind: "postgres killed", target: "postgres", from: at(3), to: at(5) },
  { kind: "nats killed", target: "nats", from: at(6), to: at(10) },
  { kind: "hang holder", target: "worker-7", from: at(200), to: at(224) },
];

const born = { startedAt: at(-9), readyAt: at(-8) };
const LIVES: readonly Life[] = [
  { ...born, name: "worker-1", pid: 1, endedAt: at(31), code: "SIGKILL", endedBy: "SIGKILL", toldAt: at(31) },
  { ...born, name: "worker-7", pid: 7 },
  { ...born, name: "worker-8", pid: 8 },
  ...[2, 3, 4, 5, 6].map(
    (pid): Life => ({
      ...{ ...born, name: `service-${pid}`, pid, toldAt: at(100), endedAt: at(101), code: 0, endedBy: "SIGTERM" },
    }),
  ),
];
