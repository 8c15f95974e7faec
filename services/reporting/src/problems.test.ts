import { type Facts, findProblems, LAG_LIMIT_BLOCKS, OVERDUE_LIMIT_MS, SILENCE_LIMIT_MS } from "./problems.ts";

const now = new Date("2030-01-01T12:00:00Z");
const before = (ms: number) => new Date(now.getTime() - ms);
const chain = { chainId: 1, contract: "0x", cursorBlock: 0, headBlock: 0, lagBlocks: 0, syncedAt: now };
const NOT_PAUSED = { pausedUntil: null, pauseReason: null };
const schedule = {
  task: "cleanup.expire-orders",
  cron: "0 * * * *",
  timeZone: "UTC",
  lastFired: null,
  nextDue: now,
  paused: false,
  ...NOT_PAUSED,
};
const failure = { task: "chain-sync.sync", failures: 2, lastFailedAt: before(1) };

const WELL: Facts = {
  now,
  services: [{ service: "scheduler", instances: 1 }],
  openIssues: { critical: 0, high: 0, medium: 0, low: 0 },
  chains: [chain],
  schedules: [schedule],
  failures: [],
  deadLetters: 0,
  givenUp: 0,
  redisAwaySince: null,
};

describe("findProblems", () => {
  it("finds none where all is well, up to the limits themselves", () => {
    const atTheLimits: Partial<Facts> = {
      chains: [{ ...chain, lagBlocks: LAG_LIMIT_BLOCKS, syncedAt: before(SILENCE_LIMIT_MS) }],
      schedules: [{ ...schedule, nextDue: before(OVERDUE_LIMIT_MS) }],
    };
    expect(findProblems({ ...WELL, ...atTheLimits })).toEqual([]);
  });

  it.each<[string, Partial<Facts>, object]>([
    [
      "a service without a process",
      { services: [{ service: "cleanup", instances: 0 }] },
      { level: "critical", kind: "service-missing", service: "cleanup" },
    ],
    ["deliveries that were given up", { givenUp: 2 }, { level: "warning", kind: "deliveries-given-up", count: 2 }],
    ["no chain yet", { chains: [] }, { level: "warning", kind: "chain-never-synced" }],
    [
      "a chain that is far behind",
      { chains: [{ ...chain, lagBlocks: LAG_LIMIT_BLOCKS + 1 }] },
      { level: "critical", kind: "chain-behind", lagBlocks: LAG_LIMIT_BLOCKS + 1 },
    ],
    [
      "a chain that is not synced any more, whatever its last lag",
      { chains: [{ ...chain, lagBlocks: 999, syncedAt: before(SILENCE_LIMIT_MS + 1) }] },
      { level: "critical", kind: "chain-silent", chainId: 1 },
    ],
    [
      "a low issue",
      { openIssues: { ...WELL.openIssues, low: 3 } },
      { level: "warning", kind: "issues-open", severity: "low", count: 3 },
    ],
    [
      "a task that fails",
      { failures: [{ ...failure, stillFailing: true }] },
      { level: "critical", kind: "task-failing", failures: 2 },
    ],
    [
      "a task that has completed since",
      { failures: [{ ...failure, stillFailing: false }] },
      { level: "note", kind: "task-failed-before" },
    ],
    [
      "a task that was not started",
      { schedules: [{ ...schedule, nextDue: before(OVERDUE_LIMIT_MS + 1) }] },
      { level: "warning", kind: "task-overdue" },
    ],
    [
      "a task that is paused, also past its time",
      { schedules: [{ ...schedule, paused: true, nextDue: before(OVERDUE_LIMIT_MS + 1) }] },
      { level: "note", kind: "task-paused" },
    ],
    ["Redis being away", { redisAwaySince: now }, { level: "warning", kind: "redis-away", since: now }],
    ["dead letters", { deadLetters: 1 }, { level: "warning", kind: "dead-letters", count: 1 }],
  ])("tells of %s", (_what, facts, problem) => {
    expect(findProblems({ ...WELL, ...facts })).toEqual([expect.objectContaining(problem)]);
  });

  it("puts the worst first", () => {
    const problems = findProblems({
      ...WELL,
      deadLetters: 1,
      openIssues: { critical: 0, high: 1, medium: 1, low: 0 },
      schedules: [{ ...schedule, paused: true }],
    });
    expect(problems.map(({ level }) => level)).toEqual(["critical", "warning", "warning", "note"]);
  });
});
