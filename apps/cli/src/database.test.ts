import { type Database, openDatabase } from "@vigia/database";
import { STREAMS } from "@vigia/messages";
import { connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import { createDatabase, type ServerHandle, startNats, type TestDatabase } from "@vigia/testkit";
import { EXIT } from "./exit.ts";
import { localTime } from "./output/time.ts";
import { withDatabase } from "./servers.ts";
import { createSession } from "./session.ts";
import { call, type World } from "./testing/call.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const UNTIL = new Date("2026-03-01T14:00:00Z");
const CONTRACT = `0x${"ab".repeat(20)}`;

let home: TestDatabase;
let database: Database;
let nats: ServerHandle;
let environment: Record<string, string>;

beforeAll(async () => {
  [home, nats] = await Promise.all([createDatabase(), startNats()]);
  database = await openDatabase({ url: home.url, applicationName: "vigia-cleanup", poolSize: 1 });
  environment = { DATABASE_URL: home.url, NATS_URL: nats.url };
});

afterAll(async () => {
  await database.close();
  await Promise.all([home.drop(), nats.stop()]);
});

beforeEach(() =>
  database.query(
    "TRUNCATE vigia.executions, vigia.schedules, vigia.chain_cursors, vigia.issues, vigia.dead_letters RESTART IDENTITY",
  ),
);

describe("an empty installation", () => {
  test("has no runs and no issues", async () => {
    const runs = vigia(["runs"]);
    expect(await runs.exitCode).toBe(EXIT.ok);
    expect(runs.stdout()).toBe("Nothing has run yet.\n");
    const issues = vigia(["issues"]);
    expect(await issues.exitCode).toBe(EXIT.ok);
    expect(issues.stdout()).toBe("No issues.\n");
  });

  test("status names what is not there", async () => {
    const { exitCode, stdout } = vigia(["status"]);
    expect(await exitCode).toBe(EXIT.away);
    expect(stdout()).toMatch(/NATS +there +.*without VIGIA_TICKS/);
    expect(stdout()).toMatch(/Postgres +there/);
    expect(stdout()).toMatch(/cleanup +there/);
    expect(stdout()).toMatch(/scheduler +away/);
    expect(stdout()).toMatch(/chain-sync\.sync +never/);
    expect(stdout()).toContain("No chain is followed yet.");
    expect(stdout()).toContain("No open issues.");
  });
});

test("a database that is not Vigia's is a matter of configuration", async () => {
  const url = new URL(home.url);
  url.pathname = "/postgres";
  const foreign = vigia(["runs", "--database-url", url.href]);
  expect(await foreign.exitCode).toBe(EXIT.configuration);
  expect(foreign.stderr()).toContain("holds no tables of Vigia");

  url.pathname = "/nowhere";
  const missing = vigia(["runs", "--database-url", url.href]);
  expect(await missing.exitCode).toBe(EXIT.configuration);
  expect(missing.stderr()).toContain("has no such database");
});

describe("with a past", () => {
  beforeEach(async () => {
    await addRun("chain-sync.sync", "completed", 120, { durationMs: 1_500, items: 12 });
    await addRun("chain-sync.sync", "failed", 60, { durationMs: 300, error: "the provider is\naway" });
    await addRun("consistency.check", "running", 30);
    await database.query(
      `INSERT INTO vigia.schedules (task, cron, time_zone, next_due, paused, paused_until, pause_reason)
       VALUES ('chain-sync.sync', '* * * * *', 'UTC', $1, false, NULL, NULL),
              ('cleanup.expire-orders', '0 2 * * *', 'Europe/Madrid', NULL, true, $2, 'maintenance'),
              ('consistency.check', '*/30 * * * *', 'UTC', NULL, true, NULL, NULL)`,
      [new Date(NOW.getTime() + 40_000), UNTIL],
    );
    await database.query(
      `INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number, updated_at)
       VALUES (31337, $1, 120, 125, $2)`,
      [CONTRACT, new Date(NOW.getTime() - 3_000)],
    );
    await addDeadLetter(7, "chain-sync-sync", null);
    await addDeadLetter(6, "cleanup-commands", before(60));
    await addIssue("AMOUNT_MISMATCH", "critical", "open");
    await addIssue("ORDER_EXPIRED_NOT_CANCELLED", "medium", "snoozed");
    await addIssue("TOKEN_MISMATCH", "critical", "resolved");
  });

  test("status tells runs, schedules, the chain and issues", async () => {
    const { exitCode, stdout } = vigia(["status"]);
    expect(await exitCode).toBe(EXIT.away);
    expect(stdout()).toMatch(/chain-sync\.sync +failed 1 min ago +300 ms +in 40 s/);
    expect(stdout()).toMatch(/consistency\.check +never +running since 30 s, paused until it is resumed/);
    expect(stdout()).toMatch(
      new RegExp(`cleanup\\.expire-orders +never +paused until ${localTime(UNTIL)}: maintenance`),
    );
    expect(stdout()).toContain("1 dead letter. See: vigia deadletters");
    expect(stdout()).toContain(`Chain 31337, contract ${CONTRACT}: block 120 of 125, 5 blocks behind, read 3 s ago`);
    expect(stdout()).toContain("Open issues: 1 critical; 1 acknowledged or snoozed. See: vigia issues");
  });

  test("status --json is one document", async () => {
    const { stdout, exitCode } = vigia(["status", "--json"]);
    expect(await exitCode).toBe(EXIT.away);
    const status = JSON.parse(stdout());
    expect(status).toMatchObject({
      nats: { there: true },
      postgres: { there: true },
      services: expect.arrayContaining([
        { name: "cleanup", there: true },
        { name: "scheduler", there: false },
      ]),
      chains: [{ chainId: 31337, block: 120, headBlock: 125, lagBlocks: 5 }],
      openIssues: { critical: 1 },
      quietIssues: 1,
    });
    expect(status.tasks[0]).toMatchObject({
      task: "chain-sync.sync",
      lastRun: { status: "failed", durationMs: 300, startedAt: "2026-03-01T11:59:00.000Z" },
      running: null,
    });
  });

  test("runs are the newest first, of one task if wished", async () => {
    const all = vigia(["runs"]);
    expect(await all.exitCode).toBe(EXIT.ok);
    const [head, first, second, third] = all.stdout().split("\n");
    expect(head).toMatch(/^RUN +STARTED/);
    expect(first).toMatch(/consistency\.check +running/);
    expect(second).toMatch(/chain-sync\.sync +failed +300 ms +1 +schedule +the provider is away$/);
    expect(third).toMatch(/chain-sync\.sync +completed +1 s +12 +1 +schedule$/);

    const one = vigia(["runs", "--task", "chain-sync.sync", "--limit", "1", "--json"]);
    expect(await one.exitCode).toBe(EXIT.ok);
    expect(JSON.parse(one.stdout())).toMatchObject([{ task: "chain-sync.sync", status: "failed" }]);
  });

  test.each([
    [["--status", "failed"], ["failed"]],
    [
      ["--since", "90s"],
      ["running", "failed"],
    ],
    [["--since", "2026-03-01T11:59:15Z"], ["running"]],
    [["--instance", "cleanup@a#1"], []],
    [
      ["--instance", "test"],
      ["running", "failed", "completed"],
    ],
    [["--status", "completed", "--task", "consistency.check"], []],
  ])("runs %j", async (options, statuses) => {
    const { exitCode, stdout } = vigia(["runs", "--json", ...options]);
    expect(await exitCode).toBe(EXIT.ok);
    expect(JSON.parse(stdout()).map(({ status }: { status: string }) => status)).toEqual(statuses);
  });

  test("runs come in pages, each once", async () => {
    const seen: string[] = [];
    let before: readonly string[] = [];
    for (;;) {
      const page = vigia(["runs", "--limit", "2", ...before]);
      expect(await page.exitCode).toBe(EXIT.ok);
      seen.push(...page.stdout().trimEnd().split("\n").slice(1));
      const [, next] = /--before (\d+)/.exec(page.stderr()) ?? [];
      if (next === undefined) break;
      before = ["--before", next];
    }
    expect(seen).toHaveLength(3);
    expect(new Set(seen).size).toBe(3);
    const none = vigia(["runs", "--before", "1"]);
    await none.exitCode;
    expect(none.stdout()).toBe("No run is so.\n");
  });

  test("jobs tell each schedule in words and cron, its zone, what is next and how the last run went", async () => {
    const { exitCode, stdout } = vigia(["jobs"]);
    expect(await exitCode).toBe(EXIT.ok);
    const line = (task: string) =>
      stdout()
        .split("\n")
        .find((each) => each.startsWith(task));
    expect(line("chain-sync.sync")).toMatch(
      /Every minute +\* \* \* \* \* +UTC +in 40 s +failed 1 min ago +300 ms +the provider is away$/,
    );
    expect(line("cleanup.expire-orders")).toMatch(
      new RegExp(`At 02:00 +0 2 \\* \\* \\* +Europe/Madrid +paused until ${localTime(UNTIL)}: maintenance +never`),
    );
    expect(line("consistency.check")).toMatch(/Every 30 minutes .* paused until it is resumed +running since 30 s/);
    expect(line("chain-sync.resync")).toMatch(/On a command +never/);
    expect(line("chain-sync.verify")).toMatch(/not known yet +no scheduler has said/);

    const json = vigia(["jobs", "--json"]);
    await json.exitCode;
    expect(JSON.parse(json.stdout())[0]).toMatchObject({
      ...{ task: "chain-sync.sync", cron: "* * * * *", timeZone: "UTC", inWords: "Every minute", paused: false },
      ...{ lastRun: { status: "failed", error: "the provider is\naway" } },
    });
  });

  test("issues are those that are not resolved, the worst first", async () => {
    const { exitCode, stdout } = vigia(["issues"]);
    expect(await exitCode).toBe(EXIT.ok);
    const [, first, second, ...others] = stdout().trimEnd().split("\n");
    expect(first).toMatch(/^critical +AMOUNT_MISMATCH +order 7 +open +1 h ago +2 min ago +3 +order 5, escrow 6$/);
    expect(second).toMatch(/^medium +ORDER_EXPIRED_NOT_CANCELLED +order 7 +snoozed/);
    expect(others).toEqual([]);
  });

  test.each([
    [["--all"], ["AMOUNT_MISMATCH", "ORDER_EXPIRED_NOT_CANCELLED", "TOKEN_MISMATCH"]],
    [["--severity", "medium"], ["ORDER_EXPIRED_NOT_CANCELLED"]],
    [["--check", "token_mismatch", "--all"], ["TOKEN_MISMATCH"]],
    [["--limit", "1"], ["AMOUNT_MISMATCH"]],
  ])("issues %j", async (options, checks) => {
    const { exitCode, stdout } = vigia(["issues", "--json", ...options]);
    expect(await exitCode).toBe(EXIT.ok);
    expect(
      JSON.parse(stdout())
        .map(({ check }: { check: string }) => check)
        .sort(),
    ).toEqual(checks);
  });

  test("dead letters are those that nobody has replayed, or all", async () => {
    const open = vigia(["deadletters"]);
    expect(await open.exitCode).toBe(EXIT.ok);
    const [, first, ...others] = open.stdout().trimEnd().split("\n");
    expect(first).toMatch(/^7 .* chain-sync-sync +vigia\.tick\.x +5 +open +it is broken$/);
    expect(others).toEqual([]);

    const all = vigia(["deadletters", "list", "--all", "--json"]);
    expect(await all.exitCode).toBe(EXIT.ok);
    expect(JSON.parse(all.stdout())).toMatchObject([
      { sequence: 7, resolvedAt: null },
      { sequence: 6, resolvedAt: before(60).toISOString() },
    ]);
    const none = vigia(["deadletters", "--consumer", "nobody"]);
    await none.exitCode;
    expect(none.stdout()).toBe("No dead letters.\n");
  });

  test("colour is for terminals, and for those who want it", async () => {
    const colour = String.fromCharCode(27);
    const coloured = vigia(["issues"], { isTTY: true });
    await coloured.exitCode;
    expect(coloured.stdout()).toContain(`${colour}[31mcritical`);
    for (const world of [{}, { isTTY: true, environment: { ...environment, NO_COLOR: "1" } }]) {
      const plain = vigia(["issues"], world);
      await plain.exitCode;
      expect(plain.stdout()).not.toContain(colour);
    }
  });
});

test("an error of our own is none of a server that is away; a connection that the server ended is", async () => {
  const { stdout, stderr } = process;
  const terminal = { stdout, stderr, environment: {}, directory: "/", signal: new AbortController().signal };
  const session = createSession({ ...terminal, now: () => NOW }, { databaseUrl: home.url });
  const bug = new Error("a list is empty");
  await expect(withDatabase(session, () => Promise.reject(bug))).rejects.toBe(bug);
  const lost = withDatabase(session, (own) => own.query("SELECT pg_terminate_backend(pg_backend_pid())"));
  await expect(lost).rejects.toMatchObject({ exitCode: EXIT.away });
});

test("runs cancel gives its command for the run whose id begins so, and none for what nobody knows", async () => {
  const log = createLogger("test", "fatal");
  const bus = await connectBus({ url: nats.url, name: "test", log });
  await ensureStreams(bus, 1, log);
  await addRun("cleanup.expire-orders", "running", 60);
  const { rows } = await database.query<{ id: string }>("SELECT execution_id AS id FROM vigia.executions");
  const executionId = rows[0]?.id ?? "";
  const cancel = vigia(["runs", "cancel", executionId.slice(0, 8), "--reason", "the wrong range"]);
  expect([await cancel.exitCode, cancel.stderr()]).toEqual([EXIT.ok, ""]);
  const sent = await bus.manager.streams.getMessage(STREAMS.commands.name, {
    last_by_subj: "vigia.command.runs.cancel",
  });
  expect(sent?.json()).toEqual({ executionId, reason: "the wrong range" });
  const unknown = vigia(["runs", "cancel", "ffff"]);
  expect(await unknown.exitCode).toBe(EXIT.failed);
  await bus.close();
});

function vigia(args: readonly string[], world: World = {}) {
  return call(args, { environment, now: NOW, ...world });
}

interface RunDetails {
  readonly durationMs?: number;
  readonly items?: number;
  readonly error?: string;
}

async function addRun(task: string, status: string, secondsAgo: number, details: RunDetails = {}): Promise<void> {
  const { durationMs, items, error } = details;
  const startedAt = new Date(NOW.getTime() - secondsAgo * 1_000);
  const endedAt = status === "running" ? null : new Date(startedAt.getTime() + (durationMs ?? 0));
  await database.query(
    `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, duration_ms,
            items_processed, error, attempt, instance, trigger)
     VALUES (gen_random_uuid(), $1, 'test', $2, $3, $4, $5, $6, $7::jsonb, 1, 'test', 'schedule')`,
    [
      task,
      status,
      startedAt,
      endedAt,
      durationMs ?? null,
      items ?? null,
      error ? JSON.stringify({ message: error }) : null,
    ],
  );
}

async function addIssue(check: string, severity: string, status: string): Promise<void> {
  await database.query(
    `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence,
            occurrences, first_seen, last_seen, resolved_at)
     VALUES ($1, $1, $2, 'order', '7', $3, '{"order": "5", "escrow": "6"}', 3, $4, $5, $6)`,
    [check, severity, status, before(3_600), before(120), status === "resolved" ? before(120) : null],
  );
}

async function addDeadLetter(sequence: number, consumer: string, resolvedAt: Date | null): Promise<void> {
  await database.query(
    `INSERT INTO vigia.dead_letters (sequence, consumer, subject, body, headers, reason, tries, at, resolved_at)
     VALUES ($1, $2, 'vigia.tick.x', '{}', '{}', 'it is\nbroken', 5, $3, $4)`,
    [sequence, consumer, before(3_600), resolvedAt],
  );
}

function before(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1_000);
}
