import {
  commandFilter,
  commandSubject,
  describeProblems,
  parseCommand,
  resyncSchema,
  TASK_COMMANDS,
} from "./commands.ts";
import { tasksMeant } from "./service-commands.ts";
import { jobOf, TASK_NAMES, taskWithinJob } from "./tasks.ts";

const PAST = "2026-03-01T12:00:00Z";

describe("parseCommand takes", () => {
  test.each([
    [{ fromBlock: 0 }],
    [{ fromBlock: 5, toBlock: 5 }],
    [{ fromBlock: 5, toBlock: 9, chainId: 1, reason: "the provider had left out logs" }],
  ])("a resync of %j", (data) => {
    expect(parseCommand("chain-sync", "resync", data)).toEqual({ ok: true, runs: "chain-sync.resync", data });
  });

  test.each(TASK_NAMES.filter((name) => !(name in TASK_COMMANDS)))("a run of %s", (name) => {
    const parsed = parseCommand(jobOf(name), "run", { task: taskWithinJob(name) });
    expect(parsed).toEqual({ ok: true, runs: name, data: undefined });
  });

  test("a run for a past instant", () => {
    expect(parseCommand("cleanup", "run", { task: "expire-orders", scheduledAt: PAST })).toMatchObject({
      ...{ ok: true, runs: "cleanup.expire-orders", scheduledAt: PAST },
    });
  });
});

describe("parseCommand refuses, in words that name what is wrong:", () => {
  test.each([
    ["no data", "resync", undefined, /^Invalid input: expected object/],
    ["a text for data", "resync", "all", /^Invalid input: expected object/],
    ["no first block", "resync", {}, /^fromBlock: /],
    ["a negative block", "resync", { fromBlock: -1 }, /^fromBlock: .*>=0/],
    ["half a block", "resync", { fromBlock: 1.5 }, /^fromBlock: .*int/],
    ["a block as text", "resync", { fromBlock: "100" }, /^fromBlock: .*number/],
    ["a block that numbers cannot hold", "resync", { fromBlock: 2 ** 60 }, /^fromBlock: /],
    ["an empty range", "resync", { fromBlock: 9, toBlock: 8 }, "toBlock: must not be below fromBlock"],
    ["no chain", "resync", { fromBlock: 1, chainId: 0 }, /^chainId: /],
    ["an endless reason", "resync", { fromBlock: 1, reason: "x".repeat(501) }, /^reason: /],
    ["an unknown field", "resync", { fromBlock: 1, form: 2 }, /"form"/],
    ["two things at once", "resync", { fromBlock: -1, toBlock: "x" }, /^fromBlock: .*; toBlock: /],
    ["a run of nothing", "run", {}, /^task: /],
    ["a run of an unknown task", "run", { task: "fly" }, 'task: the job "chain-sync" has no task "fly"'],
    ["a run of what needs data", "run", { task: "resync" }, /^task: "chain-sync.resync" runs by its own command/],
    ["a task as a command", "sync", {}, 'the job "chain-sync" has no command "sync"'],
    ["an unknown command", "fly", {}, 'the job "chain-sync" has no command "fly"'],
    ["a name that every object has", "toString", {}, 'the job "chain-sync" has no command "toString"'],
  ])("%s", (_, command, data, reason) => {
    const parsed = parseCommand("chain-sync", command, data);
    expect(parsed).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("an unknown job", () => {
    expect(parseCommand("nobody", "run", { task: "x" })).toEqual({ ok: false, reason: 'there is no job "nobody"' });
  });
});

test("a problem of the whole has no field to name", () => {
  const { error } = resyncSchema.safeParse(null);
  expect(describeProblems(error!)).not.toContain(": :");
});

test("a job's filter holds its commands' subjects", () => {
  expect(commandSubject("cleanup", "run").startsWith(commandFilter("cleanup").replace(">", ""))).toBe(true);
});

describe("commands that a service carries out by itself", () => {
  test.each([
    ["scheduler", "pause", { job: "chain-sync" }],
    ["scheduler", "pause", { job: "chain-sync", task: "sync", reason: "maintenance", until: "2026-03-01T12:00:00Z" }],
    ["scheduler", "pause", { job: "cleanup", until: "2026-03-01T12:00:00+02:00" }],
    ["scheduler", "resume", { job: "consistency", task: "check" }],
    ["scheduler", "backfill", { job: "cleanup", task: "expire-orders", from: PAST, to: PAST }],
    ["runs", "cancel", { executionId: "e", reason: "the wrong day" }],
    ["deadletters", "replay", { sequence: 3 }],
    ["deadletters", "replay", { consumer: "chain-sync-sync" }],
  ])("%s.%s takes %j", (target, command, data) => {
    expect(parseCommand(target, command, data)).toEqual({ ok: true, does: `${target}.${command}`, data });
  });

  test.each([
    [
      "an unknown job",
      "scheduler",
      "pause",
      { job: "nobody" },
      /^job: there is no job "nobody"; the jobs are chain-sync/,
    ],
    [
      "an unknown task",
      "scheduler",
      "pause",
      { job: "cleanup", task: "fly" },
      'task: the job "cleanup" has no task "fly"',
    ],
    ["a task without a schedule", "scheduler", "resume", { job: "chain-sync", task: "resync" }, /^task: .*no schedule/],
    ["a time that is none", "scheduler", "pause", { job: "cleanup", until: "tomorrow" }, /^until: /],
    ["an end of a resumption", "scheduler", "resume", { job: "cleanup", until: "2026-03-01T12:00:00Z" }, /"until"/],
    ["no dead letter", "deadletters", "replay", {}, "give either sequence or consumer"],
    ["two kinds of dead letters", "deadletters", "replay", { sequence: 1, consumer: "x" }, /^give either/],
    ["a dead letter that cannot be", "deadletters", "replay", { sequence: 0 }, /^sequence: /],
    ["a run of the scheduler", "scheduler", "run", { task: "x" }, '"scheduler" has no command "run"'],
  ])("refuse %s", (_, target, command, data, reason) => {
    expect(parseCommand(target, command, data)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});

test("a pause of a job means its tasks that have a schedule", () => {
  expect(tasksMeant({ job: "chain-sync" })).toEqual(["chain-sync.sync", "chain-sync.verify", "chain-sync.reconcile"]);
  expect(tasksMeant({ job: "chain-sync", task: "verify" })).toEqual(["chain-sync.verify"]);
});
