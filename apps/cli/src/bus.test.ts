import {
  commandChanged,
  issueChanged,
  type OutgoingEvent,
  resyncProgressed,
  STREAMS,
  toHeaders,
} from "@vigia/messages";
import { type Bus, connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import { eventually, type ServerHandle, startNats } from "@vigia/testkit";
import { EXIT } from "./exit.ts";
import { type Call, call, type World } from "./testing/call.ts";

const log = createLogger("test", "fatal");
const CONTRACT = `0x${"ab".repeat(20)}`;

const USER = "6b1f5a52-0c1c-4d0e-8f43-3f1c0f6a9b77";
let server: ServerHandle;
let bus: Bus;
let environment: Record<string, string>;

beforeAll(async () => {
  server = await startNats();
  environment = { NATS_URL: server.url };
  bus = await connectBus({ url: server.url, name: "test", log });
});

afterAll(async () => {
  await bus.close();
  await server.stop();
});

test("before any service has run, a command is not taken, and that is said", async () => {
  for (const args of [
    ["resync", "--from", "1"],
    ["resync", "--from", "1", "--wait"],
    ["issues", "--follow"],
  ]) {
    const { exitCode, stderr } = vigia(args);
    expect(await exitCode).toBe(EXIT.away);
    expect(stderr()).toContain("is one running?");
  }
});

describe("with streams", () => {
  beforeAll(() => ensureStreams(bus, 1, log));

  beforeEach(async () => {
    await bus.manager.streams.purge(STREAMS.commands.name);
  });

  test("resync publishes exactly its command, and says how to follow it", async () => {
    const { exitCode, stdout } = vigia(["resync", "--from", "100", "--to", "200", "--reason", "new ABI"]);
    expect(await exitCode).toBe(EXIT.ok);
    const [command, ...others] = await commands();
    expect(others).toEqual([]);
    expect(command?.subject).toBe("vigia.command.chain-sync.resync");
    expect(command?.data).toEqual({ fromBlock: 100, toBlock: 200, reason: "new ABI" });
    expect(command?.header("ce-source")).toBe("vigia-cli");
    expect(command?.header("ce-correlationid")).toBe(command?.id);
    expect(command?.header("Nats-Msg-Id")).toBe(command?.id);
    expect(stdout()).toContain(command?.id);
    expect(stdout()).toContain("nats sub 'vigia.event.command.*.chain-sync.resync'");
  });

  test("trigger --json names the command", async () => {
    const { exitCode, stdout } = vigia(["trigger", "cleanup.expire-orders", "--json"]);
    expect(await exitCode).toBe(EXIT.ok);
    const [command] = await commands();
    expect(command?.data).toEqual({ task: "expire-orders" });
    expect(JSON.parse(stdout())).toEqual({
      commandId: command?.id,
      subject: "vigia.command.cleanup.run",
      status: "published",
    });
  });

  test.each([
    [["pause", "chain-sync"], "vigia.command.scheduler.pause", { job: "chain-sync" }],
    [
      ["pause", "cleanup.expire-orders", "--until", "90min", "--reason", "maintenance"],
      "vigia.command.scheduler.pause",
      { job: "cleanup", task: "expire-orders", until: "2026-03-01T13:30:00.000Z", reason: "maintenance" },
    ],
    [
      ["pause", "cleanup", "--until", "2026-03-02T10:00+02:00"],
      "vigia.command.scheduler.pause",
      { job: "cleanup", until: "2026-03-02T08:00:00.000Z" },
    ],
    [["check", "run"], "vigia.command.consistency.run", { task: "check" }],
    [["check", "run", "--deep"], "vigia.command.consistency.run", { task: "deep-check" }],
    [
      ["backfill", "cleanup.expire-orders", "--from", "2h", "--reason", "it was paused"],
      "vigia.command.scheduler.backfill",
      {
        ...{ job: "cleanup", task: "expire-orders", reason: "it was paused" },
        ...{ from: "2026-03-01T10:00:00.000Z", to: "2026-03-01T12:00:00.000Z" },
      },
    ],
    [["redeliver", USER], "vigia.command.notifications.redeliver", { deliveryId: USER }],
    [["redeliver", "--user", USER], "vigia.command.notifications.redeliver", { userId: USER }],
    [["redeliver", "--channel", "email"], "vigia.command.notifications.redeliver", { channel: "email" }],
    [["resume", "chain-sync.sync"], "vigia.command.scheduler.resume", { job: "chain-sync", task: "sync" }],
    [
      ["issues", "acknowledge", "A:order:1", "--reason", "asked the seller"],
      "vigia.command.consistency.acknowledge",
      { fingerprint: "A:order:1", reason: "asked the seller" },
    ],
    [
      ["issues", "snooze", "--check", "dispute_stale", "--until", "2d"],
      "vigia.command.consistency.snooze",
      { check: "DISPUTE_STALE", until: "2026-03-03T12:00:00.000Z" },
    ],
    [["issues", "reopen", "A:order:1"], "vigia.command.consistency.reopen", { fingerprint: "A:order:1" }],
    [
      ["downtime", "--from", "2h", "--reason", "the site was down"],
      "vigia.command.cleanup.record-downtime",
      { from: "2026-03-01T10:00:00.000Z", reason: "the site was down" },
    ],
    [
      ["downtime", "--from", "2026-03-01T02:00Z", "--to", "2026-03-01T04:00Z", "--reason", "maintenance"],
      "vigia.command.cleanup.record-downtime",
      { from: "2026-03-01T02:00:00.000Z", to: "2026-03-01T04:00:00.000Z", reason: "maintenance" },
    ],
    [
      ["subscribe", USER, "--email", "sara@example.org"],
      "vigia.command.notifications.subscribe",
      { userId: USER, channel: "email", address: "sara@example.org" },
    ],
    [
      ["subscribe", USER, "--webhook", "https://example.org/hook", "--kinds", "order-paid", "order-expired"],
      "vigia.command.notifications.subscribe",
      {
        ...{ userId: USER, channel: "webhook", address: "https://example.org/hook" },
        kinds: ["order-paid", "order-expired"],
      },
    ],
    [
      ["unsubscribe", USER, "--channel", "webhook"],
      "vigia.command.notifications.unsubscribe",
      { userId: USER, channel: "webhook" },
    ],
    [["deadletters", "replay", "12"], "vigia.command.deadletters.replay", { sequence: 12 }],
    [["deadletters", "replay", "--consumer", "x"], "vigia.command.deadletters.replay", { consumer: "x" }],
  ])("%j publishes its command", async (args, subject, data) => {
    const { exitCode, stdout } = vigia(args, { now: new Date("2026-03-01T12:00:00Z") });
    expect(await exitCode).toBe(EXIT.ok);
    expect(await commands()).toMatchObject([{ subject, data }]);
    expect(stdout().includes("vigia runs")).toBe(args[0] === "check");
  });

  test("pause --wait ends with the service's answer", async () => {
    const pause = vigia(["pause", "chain-sync.sync", "--wait"]);
    const id = await nextCommand();
    const about = { target: "scheduler", command: "pause" };
    await publish(life("accepted", id, about));
    await publish(life("completed", id, { ...about, result: { paused: ["chain-sync.sync"] } }));
    expect(await pause.exitCode).toBe(EXIT.ok);
    expect(pause.stdout()).toBe('scheduler.pause completed: paused ["chain-sync.sync"]\n');
  });

  test("trigger --dry-run waits for the counts", async () => {
    const dryRun = vigia(["trigger", "cleanup.purge-history", "--dry-run"]);
    const id = await nextCommand();
    const about = { target: "cleanup", command: "preview" };
    await publish(life("completed", id, { ...about, result: { executions: 7, outbox: 0 } }));
    expect(await dryRun.exitCode).toBe(EXIT.ok);
    expect(await commands()).toMatchObject([
      { subject: "vigia.command.cleanup.preview", data: { task: "purge-history" } },
    ]);
    expect(dryRun.stdout()).toBe("cleanup.preview completed: executions 7, outbox 0\n");
  });

  test.each([
    [["trigger", "chain-sync.sync", "--dry-run"]],
    [["check", "run", "--check", "AMOUNT_MISMATCH"]],
    [["issues", "acknowledge"]],
    [["issues", "acknowledge", "A:order:1", "--check", "A"]],
    [["issues", "snooze", "A:order:1"]],
    [["downtime", "--from", "yesterday", "--reason", "r"]],
    [["downtime", "--from", "1h"]],
    [["downtime", "--from", "1h", "--to", "2h", "--reason", "r"]],
    [["subscribe", USER]],
    [["subscribe", "sara", "--email", "sara@example.org"]],
    [["subscribe", USER, "--email", "sara"]],
    [["subscribe", USER, "--webhook", "ftp://example.org"]],
    [["subscribe", USER, "--email", "sara@example.org", "--webhook", "https://example.org"]],
    [["subscribe", USER, "--email", "sara@example.org", "--kinds", "gossip"]],
    [["unsubscribe", USER]],
    [["pause", "nobody"]],
    [["pause", "cleanup.fly"]],
    [["pause", "cleanup", "--until", "tomorrow"]],
    [["resume", "chain-sync.resync"]],
    [["deadletters", "replay"]],
    [["deadletters", "replay", "1", "--consumer", "x"]],
    [["deadletters", "replay", "zero"]],
    [["resync", "--from", "9", "--to", "8"]],
    [["trigger", "chain-sync.resync"]],
    [["trigger", "x.y", "--wait"]],
  ])("a command that is wrong is not published: %j", async (args) => {
    expect(await vigia(args).exitCode).toBe(EXIT.usage);
    expect(await commands()).toEqual([]);
  });

  test("resync --wait shows progress and ends with the command", async () => {
    const resync = vigia(["resync", "--from", "100", "--to", "199", "--wait"]);
    const id = await nextCommand();
    await publish(life("accepted", "somebody else's"), life("rejected", "somebody else's"));
    await publish(life("accepted", id), progress(id, 149, 3));
    await eventually(() => resync.stderr().includes("50%: block 149 of 199, 3 logs"));
    await publish(progress(id, 199, 7), life("completed", id, { result: { blocks: 100, logs: 7 } }));
    expect(await resync.exitCode).toBe(EXIT.ok);
    expect(resync.stderr()).toContain(`chain-sync accepted command ${id}`);
    expect(resync.stdout()).toBe("chain-sync.resync completed: blocks 100, logs 7\n");
  });

  test("on a terminal it is a bar", async () => {
    const resync = vigia(["resync", "--from", "0", "--to", "99", "--wait"], { isTTY: true });
    const id = await nextCommand();
    await publish(progress(id, 24, 2));
    await eventually(() => /█+░+.* 25% · block 24 · 2 logs/.test(resync.stderr()));
    await publish(life("completed", id));
    expect(await resync.exitCode).toBe(EXIT.ok);
  });

  test("resync --wait ends with the reason of a rejection", async () => {
    const resync = vigia(["resync", "--from", "100000000", "--wait"]);
    const id = await nextCommand();
    await publish(life("rejected", id, { reason: "fromBlock: the chain ends at block 120" }));
    expect(await resync.exitCode).toBe(EXIT.failed);
    expect(resync.stdout()).toBe("chain-sync.resync rejected: fromBlock: the chain ends at block 120\n");
  });

  test("trigger --wait --json is one document, also for a failure", async () => {
    const trigger = vigia(["trigger", "consistency.check", "--wait", "--json"]);
    const id = await nextCommand();
    const about = { target: "consistency", command: "run" };
    await publish(life("accepted", id, about), life("failed", id, { ...about, reason: "Postgres is away" }));
    expect(await trigger.exitCode).toBe(EXIT.failed);
    expect(JSON.parse(trigger.stdout())).toEqual({
      commandId: id,
      subject: "vigia.command.consistency.run",
      status: "failed",
      reason: "Postgres is away",
    });
    expect(trigger.stderr()).toBe("");
  });

  test("waiting ends at its limit and on Ctrl-C; the command goes on", async () => {
    const limited = vigia(["trigger", "consistency.check", "--wait", "--timeout", "1"]);
    expect(await limited.exitCode).toBe(EXIT.away);
    expect(limited.stderr()).toContain("no end within 1 s");

    const interrupted = vigia(["trigger", "consistency.check", "--wait"]);
    await eventually(async () => (await commands()).length === 2);
    interrupted.interrupt();
    expect(await interrupted.exitCode).toBe(EXIT.interrupted);
    expect(interrupted.stderr()).toContain("goes on by itself");

    const early = vigia(["trigger", "consistency.check", "--wait"]);
    early.interrupt();
    expect(await early.exitCode).toBe(EXIT.interrupted);
  });

  test("issues --follow prints each finding as a line, until Ctrl-C", async () => {
    const following = vigia(["issues", "--follow"]);
    await eventually(() => following.stderr().includes("Following vigia.event.consistency-issue"));
    await publish(issue("opened"), issue("resolved"));
    await bus.publish("vigia.event.consistency-issue.opened.high.BROKEN", { not: "a finding" }, {});
    await eventually(() => following.stderr().includes("is not a finding"));
    following.interrupt();
    expect(await following.exitCode).toBe(EXIT.ok);
    const [opened, resolved, ...others] = following.stdout().trim().split("\n");
    expect(opened).toMatch(/CRITICAL {2}AMOUNT_MISMATCH found: the amounts of order 7 differ: 5 and 6$/);
    expect(resolved).toMatch(/RESOLVED {2}AMOUNT_MISMATCH resolved: /);
    expect(others).toEqual([]);
  });

  test("issues --follow --check --json is a JSON line for each of that check", async () => {
    const following = vigia(["issues", "--follow", "--json", "--check", "amount_mismatch"]);
    await eventually(async () => {
      await publish(issue("opened", "TOKEN_MISMATCH"), issue("opened"));
      return following.stdout().endsWith("\n");
    });
    following.interrupt();
    expect(await following.exitCode).toBe(EXIT.ok);
    const findings = following.stdout().trim().split("\n");
    for (const line of findings)
      expect(JSON.parse(line)).toMatchObject({ check: "AMOUNT_MISMATCH", severity: "critical" });
  });
});

function vigia(args: readonly string[], world: World = {}): Call {
  return call(args, { environment, ...world });
}

interface Waiting {
  readonly id: string;
  readonly subject: string;
  readonly data: unknown;
  readonly header: (name: string) => string | undefined;
}

/** What waits in the stream of commands; reading takes nothing away. */
async function commands(): Promise<Waiting[]> {
  const { state } = await bus.manager.streams.info(STREAMS.commands.name);
  const found: Waiting[] = [];
  for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq += 1) {
    const message = await bus.manager.streams.getMessage(STREAMS.commands.name, { seq });
    if (!message) continue;
    const header = (name: string) => message.header.get(name);
    found.push({ id: header("ce-id"), subject: message.subject, data: message.json(), header });
  }
  return found;
}

function nextCommand(): Promise<string> {
  return eventually(async () => {
    const [command] = await commands();
    return command ? command.id : false;
  }).then(String);
}

async function publish(...events: OutgoingEvent[]): Promise<void> {
  for (const { id, type, subject, data } of events) {
    await bus.publish(subject, data, toHeaders({ id, type, source: "test", time: new Date().toISOString() }));
  }
}

function life(status: "accepted" | "rejected" | "completed" | "failed", commandId: string, details: object = {}) {
  const at = new Date().toISOString();
  return commandChanged({ status, target: "chain-sync", command: "resync", commandId, at, ...details });
}

function progress(commandId: string, doneBlock: number, logs: number): OutgoingEvent {
  const fromBlock = doneBlock < 100 ? 0 : 100;
  return resyncProgressed({
    ...{ chainId: 31337, contract: CONTRACT, commandId, fromBlock, toBlock: fromBlock + 99, doneBlock, logs },
  });
}

function issue(change: "opened" | "resolved", check = "AMOUNT_MISMATCH"): OutgoingEvent {
  const at = new Date().toISOString();
  return issueChanged({
    ...{ change, check, severity: "critical", fingerprint: `${check}:7`, entityType: "order", entityId: "7" },
    ...{ summary: "the amounts of order 7 differ: 5 and 6", evidence: { order: "5", escrow: "6" }, occurrences: 1 },
    ...{ firstSeen: at, lastSeen: at },
  });
}
