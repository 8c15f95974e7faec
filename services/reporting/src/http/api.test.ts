import { type Database, openDatabase } from "@vigia/database";
import { TASK_NAMES } from "@vigia/messages";
import { type Bus, connectBus, createLogger } from "@vigia/runtime";
import { createDatabase, type ServerHandle, startNats, type TestDatabase } from "@vigia/testkit";
import { createTracker, type Tracker } from "@vigia/tracker";
import fastify, { type FastifyInstance } from "fastify";
import type { ChainAnswer, FeedPage, Issue, IssuePage, Job, Overview, RunHistory, RunPage, Wire } from "../answers.ts";
import { SERVICES } from "../queries/overview.ts";
import { settings } from "../settings.ts";
import { type ApiParts, serveApi } from "./api.ts";

let holder: TestDatabase;
let database: Database;
let nats: ServerHandle;
let bus: Bus;
let tracker: Tracker;
let parts: ApiParts;
let app: FastifyInstance;

beforeAll(async () => {
  nats = await startNats();
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "test" });
  bus = await connectBus({ url: nats.url, name: "test", log: createLogger("test", "fatal") });
  tracker = createTracker({ postgres: database, service: "chain-sync" });
  await tracker.start();
  parts = { settings: settings.parse({}), database, bus, tracker };
  app = fastify();
  await serveApi(app, parts);
});

beforeEach(async () => {
  await database.query(
    `TRUNCATE vigia.executions, vigia.event_feed, vigia.issues, vigia.owners, vigia.schedules, vigia.escrows,
              vigia.chain_cursors, vigia.dead_letters, vigia.operator_actions`,
  );
});

afterAll(async () => {
  await app.close();
  await tracker.stop();
  await bus.close();
  await database.close();
  await holder.drop();
  await nats.stop();
});

async function get<Answer>(path: string): Promise<Wire<Answer>> {
  const response = await app.inject(`/api/${path}`);
  expect(response.statusCode).toBe(200);
  return response.json();
}

async function addRun(job: string, status: string, secondsAgo: number, attempt = 1): Promise<string> {
  const id = `run-${job}-${secondsAgo}`;
  await database.query(
    `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, duration_ms,
                                   items_processed, attempt, instance, error)
     VALUES ($1, $2, 'test', $3, now() - make_interval(secs => $4), CASE WHEN $3 <> 'running' THEN now() END,
             CASE WHEN $3 <> 'running' THEN 12 END, 3, $5, 'i', CASE WHEN $3 = 'failed' THEN $6::jsonb END)`,
    [id, job, status, secondsAgo, attempt, JSON.stringify({ message: "no answer", stack: "Error: no answer" })],
  );
  return id;
}

async function addEvent(subject: string, payload: object = {}): Promise<void> {
  await database.query(
    `INSERT INTO vigia.event_feed (id, subject, source, payload, at) VALUES (gen_random_uuid(), $1, 'test', $2, now())`,
    [subject, JSON.stringify(payload)],
  );
}

async function addIssue(fingerprint: string, severity: string, secondsAgo: number, status = "open"): Promise<void> {
  await database.query(
    `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence,
                               first_seen, last_seen)
     VALUES ($1, $2, $3, 'order', 'o', $4, '{"amount":"1"}', now() - make_interval(secs => $5), now())`,
    [fingerprint, fingerprint.split(":")[0], severity, status, secondsAgo],
  );
}

async function addDeadLetter(id: string, isResolved = false): Promise<void> {
  await database.query(
    `INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, body, headers, reason, tries, at, resolved_at)
     VALUES ($1, 1, 'c', 's', '', '{}', 'r', 1, now() - interval '3 days', CASE WHEN $2 THEN now() END)`,
    [id, isResolved],
  );
}

async function addService(service: string, livesForSeconds: number): Promise<void> {
  await database.query(
    `INSERT INTO vigia.owners (owner, service, host, pid, boot_id, expires_at)
     VALUES ($1 || gen_random_uuid(), $1, 'h', 1, 'b', now() + make_interval(secs => $2))`,
    [service, livesForSeconds],
  );
}

async function addCursor(block: number, head: number): Promise<void> {
  await database.query(
    `INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number) VALUES (31337, '0xc', $1, $2)`,
    [block, head],
  );
}

describe("GET /api/overview", () => {
  it("says what is missing in an empty installation", async () => {
    const { allWell, problems, services } = await get<Overview>("overview");
    expect(allWell).toBe(false);
    expect(services).toEqual(SERVICES.map((service) => ({ service, instances: 0 })));
    expect(problems.map(({ kind }) => kind)).toEqual([...SERVICES.map(() => "service-missing"), "chain-never-synced"]);
  });

  it("says that all is well, with a note on what failed before", async () => {
    for (const service of SERVICES) await addService(service, 60);
    await addService("scheduler", 60);
    await addCursor(90, 100);
    await addRun("chain-sync.sync", "failed", 60);
    await addRun("chain-sync.sync", "completed", 30);
    await addIssue("AMOUNT_MISMATCH:1", "critical", 60, "resolved");
    const { allWell, problems, services, openIssues } = await get<Overview>("overview");
    expect({ allWell, problems }).toEqual({
      allWell: true,
      problems: [{ level: "note", kind: "task-failed-before", task: "chain-sync.sync", failures: 1 }],
    });
    expect(services[0]).toEqual({ service: "scheduler", instances: 2 });
    expect(openIssues).toEqual({ critical: 0, high: 0, medium: 0, low: 0 });
  });

  it("says what is not well", async () => {
    for (const service of SERVICES) await addService(service, service === "cleanup" ? -1 : 60);
    await addCursor(10, 100);
    await addRun("chain-sync.sync", "completed", 60);
    await addRun("chain-sync.sync", "failed", 30);
    await addRun("chain-sync.verify", "failed", 90_000);
    await addIssue("AMOUNT_MISMATCH:1", "critical", 60);
    await addDeadLetter("waits");
    await addDeadLetter("put-back", true);
    await database.query(
      `INSERT INTO vigia.schedules (task, cron, next_due)
       VALUES ('cleanup.expire-orders', '0 * * * *', now() - interval '2 min')`,
    );
    const { allWell, problems } = await get<Overview>("overview");
    expect(allWell).toBe(false);
    expect(problems).toEqual([
      { level: "critical", kind: "service-missing", service: "cleanup" },
      { level: "critical", kind: "issues-open", severity: "critical", count: 1 },
      { level: "critical", kind: "chain-behind", chainId: 31337, lagBlocks: 90 },
      { level: "critical", kind: "task-failing", task: "chain-sync.sync", failures: 1, since: expect.any(String) },
      { level: "warning", kind: "task-overdue", task: "cleanup.expire-orders", since: expect.any(String) },
      { level: "warning", kind: "dead-letters", count: 1 },
    ]);
  });
});

describe("GET /api/overview on Redis", () => {
  const loss = async () => (await get<Overview>("overview")).problems.filter(({ kind }) => kind === "redis-away");

  it("tells of its loss until the process that told has it back, or is gone", async () => {
    await addService("cleanup", 60);
    const { rows } = await database.query<{ owner: string }>("SELECT owner FROM vigia.owners");
    const instance = rows[0]?.owner;
    await addEvent("vigia.event.tracker.degraded", { instance: "a process that is gone" });
    expect(await loss()).toEqual([]);
    await addEvent("vigia.event.tracker.degraded", { instance });
    expect(await loss()).toEqual([{ level: "warning", kind: "redis-away", since: expect.any(String) }]);
    await addEvent("vigia.event.tracker.restored", { instance });
    expect(await loss()).toEqual([]);
  });
});

describe("GET /api/jobs", () => {
  it("shows the catalogue before anything has run", async () => {
    const jobs = await get<Job[]>("jobs");
    expect(jobs.map(({ task }) => task)).toEqual(TASK_NAMES);
    expect(jobs[0]).toMatchObject({ cron: "* * * * *", nextDue: null, lastRun: null, running: null, paused: false });
  });

  it("shows what the scheduler and the record of runs know", async () => {
    await database.query(
      `INSERT INTO vigia.schedules (task, cron, time_zone, last_fired, next_due, paused)
       VALUES ('chain-sync.sync', '*/5 * * * * *', 'Europe/Madrid', now(), now(), true)`,
    );
    await database.query("UPDATE vigia.schedules SET paused_until = '2030-01-01', pause_reason = 'new provider'");
    await addRun("chain-sync.sync", "completed", 60);
    await addRun("chain-sync.sync", "failed", 40);
    await addRun("chain-sync.sync", "skipped", 30);
    await addRun("chain-sync.sync", "running", 20);
    const [sync] = await get<Job[]>("jobs");
    expect(sync).toMatchObject({
      cron: "*/5 * * * * *",
      timeZone: "Europe/Madrid",
      paused: true,
      pausedUntil: "2030-01-01T00:00:00.000Z",
      pauseReason: "new provider",
      nextDue: expect.stringMatching(/Z$/),
      lastRun: { executionId: "run-chain-sync.sync-40", status: "failed", error: { message: "no answer" } },
      running: { executionId: "run-chain-sync.sync-20" },
    });
  });
});

describe("GET /api/runs", () => {
  it("is empty before anything has run", async () => {
    expect(await get<RunPage>("runs")).toEqual({ runs: [], next: null });
  });

  it("pages from the newest, each run once", async () => {
    for (const secondsAgo of [50, 40, 30, 20, 10]) await addRun("chain-sync.sync", "completed", secondsAgo);
    const seen: string[] = [];
    let before = "";
    for (;;) {
      const { runs, next } = await get<RunPage>(`runs?limit=2${before}`);
      seen.push(...runs.map(({ executionId }) => executionId));
      if (next === null) break;
      before = `&before=${next}`;
    }
    expect(seen).toEqual([10, 20, 30, 40, 50].map((secondsAgo) => `run-chain-sync.sync-${secondsAgo}`));
  });

  it("narrows to a task and a status", async () => {
    await addRun("chain-sync.sync", "failed", 30);
    await addRun("chain-sync.sync", "completed", 20);
    await addRun("chain-sync.verify", "failed", 10);
    const { runs } = await get<RunPage>("runs?task=chain-sync.sync&status=failed&text=No+Answer");
    expect(await get<RunPage>("runs?task=chain-sync.sync&text=sync-20")).toMatchObject({
      runs: [{ status: "completed" }],
    });
    expect(runs).toMatchObject([
      { task: "chain-sync.sync", status: "failed", durationMs: 12, itemsProcessed: 3, attempt: 1 },
    ]);
  });

  it("shows one run with all its attempts", async () => {
    await addRun("chain-sync.sync", "failed", 30);
    const id = await addRun("chain-sync.sync", "completed", 30, 2);
    const { attempts } = await get<RunHistory>(`runs/${id}`);
    expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, "failed"],
      [2, "completed"],
    ]);
  });
});

describe("GET /api/chain", () => {
  it("is empty before the first sync", async () => {
    expect(await get<ChainAnswer>("chain")).toEqual({
      ...{ chains: [], endpoints: [], detections: [], resyncs: [] },
      ...{ escrows: [], reorgs: [], drifts: [] },
    });
  });

  it("shows how far the sync is, the escrows, and what was corrected", async () => {
    await addCursor(100, 103);
    for (const [index, status] of ["released", "locked", "released", "pending_deposit"].entries()) {
      await database.query(
        `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, status, seller_address, buyer_address, token, amount,
                                    balance, created_block, updated_block, updated_log, status_source, status_since)
         VALUES (31337, '0xc', $1, $2, 's', 'b', 't', 1, 1, 1, 1, 0, 'event', now())`,
        [`0x${index}`, status],
      );
    }
    await addEvent("vigia.event.chain.reorged.31337", { removedBlocks: 2 });
    await addEvent("vigia.event.chain.drifted.31337", { escrowId: "0x1" });
    await addEvent("vigia.event.chain.synced.31337");
    const chain = await get<ChainAnswer>("chain");
    expect(chain).toMatchObject({
      chains: [{ chainId: 31337, contract: "0xc", cursorBlock: 100, headBlock: 103, lagBlocks: 3 }],
      escrows: [
        { status: "pending_deposit", count: 1 },
        { status: "locked", count: 1 },
        { status: "released", count: 2 },
      ],
      reorgs: [{ payload: { removedBlocks: 2 } }],
      drifts: [{ payload: { escrowId: "0x1" } }],
    });
  });
});

describe("GET /api/issues", () => {
  it("is empty where nothing was found", async () => {
    expect(await get<IssuePage>("issues")).toEqual({ issues: [], total: 0, next: null });
  });

  it("pages from the worst, then the newest, each issue once", async () => {
    await addIssue("SELF_TRADE:1", "high", 10);
    await addIssue("AMOUNT_MISMATCH:old", "critical", 90);
    await addIssue("AMOUNT_MISMATCH:new", "critical", 20);
    await addIssue("CONTRACT_BALANCE_EXCESS:1", "low", 5);
    const first = await get<IssuePage>("issues?status=open&limit=2");
    expect(first.issues.map(({ fingerprint }) => fingerprint)).toEqual(["AMOUNT_MISMATCH:new", "AMOUNT_MISMATCH:old"]);
    const second = await get<IssuePage>(`issues?status=open&limit=2&before=${encodeURIComponent(first.next ?? "")}`);
    expect(second.issues.map(({ fingerprint }) => fingerprint)).toEqual(["SELF_TRADE:1", "CONTRACT_BALANCE_EXCESS:1"]);
    expect(second.next).toBeNull();
  });

  it("narrows to a status, a check and a severity, and shows one by its fingerprint", async () => {
    await addIssue("SELF_TRADE:1", "high", 10);
    await addIssue("SELF_TRADE:2", "high", 10, "resolved");
    await addIssue("AMOUNT_MISMATCH:1", "critical", 10);
    const { issues } = await get<IssuePage>("issues?status=open&check=SELF_TRADE&severity=high");
    expect(issues.map(({ fingerprint }) => fingerprint)).toEqual(["SELF_TRADE:1"]);
    const issue = await get<Issue>("issues/SELF_TRADE%3A2");
    expect(issue).toMatchObject({ check: "SELF_TRADE", status: "resolved", evidence: { amount: "1" } });
  });
});

describe("GET /api/events", () => {
  it("is empty before anything has happened", async () => {
    expect(await get<FeedPage>("events")).toEqual({ events: [], next: null });
  });

  it("pages from the newest and narrows to a subject by whole words", async () => {
    for (const subject of ["chain.synced.1", "chain.synced.10", "chain.reorged.1", "chain%.x", "order.expired.1"]) {
      await addEvent(`vigia.event.${subject}`);
    }
    const subjects = async (query: string) =>
      (await get<FeedPage>(`events?${query}`)).events.map(({ subject }) => subject.replace("vigia.event.", ""));
    expect(await subjects("limit=2")).toEqual(["order.expired.1", "chain%.x"]);
    const { next } = await get<FeedPage>("events?limit=2");
    expect(await subjects(`limit=2&before=${next}`)).toEqual(["chain.reorged.1", "chain.synced.10"]);
    expect(await subjects("subject=vigia.event.chain.synced.1")).toEqual(["chain.synced.1"]);
    expect(await subjects("subject=vigia.event.chain.")).toHaveLength(3);
  });
});

describe("a question that cannot be answered", () => {
  it.each([
    ["runs?limit=0", 400, "limit"],
    ["runs?limit=9999", 400, "limit"],
    ["runs?status=perhaps", 400, "status"],
    ["runs?task=no.task", 400, "task"],
    ["runs?before=abc", 400, "before"],
    ["runs?colour=red", 400, "colour"],
    ["runs?status=failed&status=running", 400, "status"],
    ["issues?severity=terrible", 400, "severity"],
    ["events?subject=vigia.>", 400, "subject"],
    ["stream?after=-1", 400, "after"],
    ["dead-letters?all=perhaps", 400, "all"],
    ["actions?before=x", 400, "before"],
    ["runs/none", 404, "none"],
    ["dead-letters/none", 404, "none"],
    ["actions/none", 404, "none"],
    ["issues/none", 404, "none"],
    ["nothing", 404, "/api/nothing"],
  ])("%s: %d, naming %s", async (path, status, named) => {
    const response = await app.inject(`/api/${path}`);
    expect(response.statusCode).toBe(status);
    expect(response.headers["content-type"]).toContain("application/problem+json");
    expect(response.json()).toEqual({ title: expect.any(String), status, detail: expect.stringContaining(named) });
  });

  it("does not show what failed inside", async () => {
    const lost = await createDatabase();
    const unreachable = await openDatabase({ url: lost.url, applicationName: "test" });
    const cutOff = fastify();
    await serveApi(cutOff, { ...parts, database: unreachable });
    await lost.drop();
    const response = await cutOff.inject("/api/overview");
    await cutOff.close();
    await unreachable.close();
    expect(response.statusCode).toBe(500);
    expect(response.json().detail).toBe("The service could not read what was asked for; its log says why.");
  });
});
