import { PAGE_COMMANDS, parseCommand } from "@vigia/messages";
import {
  backfillTask,
  type Command,
  cancelRun,
  markIssue,
  markIssues,
  pauseTask,
  redeliver,
  replay,
  resumeTask,
  resync,
  runTask,
} from "./commands.ts";

const UUID = "0b5f8a5e-9a3e-4c06-8f43-3b8f6f2d1a10";
const FROM = "2040-01-01T10:30";
const UNTIL = "2040-01-01T12:30";
const until = new Date(UNTIL).toISOString();

const CASES: readonly (readonly [Command, object])[] = [
  [runTask("cleanup.expire-orders"), { task: "expire-orders" }],
  [runTask("chain-sync.sync"), { task: "sync" }],
  [runTask("consistency.deep-check"), { task: "deep-check" }],
  [pauseTask("chain-sync.sync", { until: "", reason: " " }), { job: "chain-sync", task: "sync" }],
  [
    pauseTask("chain-sync.sync", { until: UNTIL, reason: " holiday " }),
    { job: "chain-sync", task: "sync", until, reason: "holiday" },
  ],
  [resumeTask("chain-sync.sync", {}), { job: "chain-sync", task: "sync" }],
  [
    backfillTask("cleanup.expire-orders", { from: FROM, to: UNTIL, reason: "" }),
    { job: "cleanup", task: "expire-orders", from: new Date(FROM).toISOString(), to: until },
  ],
  [cancelRun("e", { reason: "why" }), { executionId: "e", reason: "why" }],
  [resync({ from: "0", to: "" }), { fromBlock: 0 }],
  [resync({ from: "5", to: "9", reason: "why" }), { fromBlock: 5, toBlock: 9, reason: "why" }],
  [markIssue("acknowledge", "f", { reason: "mine" }), { fingerprint: "f", reason: "mine" }],
  [markIssue("snooze", "f", { until: UNTIL }), { fingerprint: "f", until }],
  [markIssue("reopen", "f", {}), { fingerprint: "f" }],
  [markIssues("acknowledge", ["f", "g"], {}), { fingerprints: ["f", "g"] }],
  [markIssues("snooze", ["f"], { until: UNTIL, reason: "mine" }), { fingerprints: ["f"], until, reason: "mine" }],
  [redeliver({ deliveryId: UUID }), { deliveryId: UUID }],
  [redeliver({ channel: "email" }), { channel: "email" }],
  [replay({ sequence: 3 }), { sequence: 3 }],
  [replay({ consumer: "reporting-feed" }), { consumer: "reporting-feed" }],
];

it.each(CASES)("%j says what its receiver takes", ({ target, command, data }, expected) => {
  expect(data).toEqual(expected);
  expect(parseCommand(target, command, data)).toMatchObject({ ok: true });
});

it("every command that the page may give is given somewhere", () => {
  const given = CASES.map(([{ target, command }]) => `${target}.${command}`);
  expect([...new Set(given)].sort()).toEqual([...PAGE_COMMANDS].sort());
});
