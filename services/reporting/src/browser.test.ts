import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hashPassword } from "@vigia/access";
import { type Database, openDatabase } from "@vigia/database";
import { commandChanged, resyncProgressed, STREAMS, toHeaders } from "@vigia/messages";
import {
  type Bus,
  connectBus,
  createLogger,
  type RunningService,
  replayDeadLetters,
  startService,
} from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { createReporting } from "./reporting.ts";
import { type OpenedPage, openBrowser, openPage, seriousFaults } from "./testing/browser.ts";

const PASSWORD = "a long password";
const FETCH_LIMIT_MS = 1_200_000;
/** Each step waits on its own, and names what did not come. */
const TEST_LIMIT_MS = 300_000;
jest.setTimeout(TEST_LIMIT_MS);

let servers: ServerHandle[];
let holder: TestDatabase;
let database: Database;
let bus: Bus;
let browser: Browser;
const services: RunningService[] = [];
let webDir: string;
let url: string;
let closed: string;
let opened: OpenedPage;
let page: Page;

beforeAll(async () => {
  webDir = mkdtempSync(join(tmpdir(), "vigia-web-"));
  await buildPage();
  browser = await openBrowser();
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  servers = [nats, redis];
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "test" });
  const places = {
    DATABASE_URL: holder.url,
    NATS_URL: nats.url,
    REDIS_URL: redis.url,
    HTTP_PORT: "0",
    LOG_LEVEL: "fatal",
  };
  const hash = await hashPassword(PASSWORD);
  const users = { ...places, WEB_USERS: `ana:operator:${hash} vera:viewer:${hash}` };
  url = await start("reporting", { ...users, WEB_OPEN_READING: "true" });
  closed = await start("reporting", users);
  services.push(
    await startService("scheduler", { commands: ({ bus: own }) => [replayDeadLetters({ bus: own })] }, places),
  );
  bus = await connectBus({ url: nats.url, name: "test", log: createLogger("test", "fatal") });
  await database.query(ROWS);
}, FETCH_LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  for (const service of services) await service.stop();
  await bus?.close();
  await database?.close();
  await holder?.drop();
  rmSync(webDir, { recursive: true });
  await Promise.all(servers?.map((server) => server.stop()) ?? []);
});

afterEach(async () => {
  await page.context().close();
});

/** The page is tested as it is now, whatever was built before. */
async function buildPage(): Promise<void> {
  const vite = join(require.resolve("vite/package.json"), "..", "bin", "vite.js");
  const web = join(__dirname, "..", "web");
  await promisify(execFile)(process.execPath, [vite, "build", web, "--outDir", webDir, "--emptyOutDir"]);
}

async function start(name: string, settings: Record<string, string>): Promise<string> {
  const service = await startService(name, createReporting(webDir), settings);
  services.push(service);
  return `http://127.0.0.1:${service.port}/`;
}

const ROWS = `
INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
VALUES ('SELF_TRADE:order:1', 'SELF_TRADE', 'high', 'order', '1', 'open', '{"amount":"1"}', now(), now()),
       ('SELF_TRADE:order:2', 'SELF_TRADE', 'high', 'order', '2', 'acknowledged', '{}', now(), now());
INSERT INTO vigia.schedules (task, cron, paused, paused_until, pause_reason)
VALUES ('chain-sync.verify', '*/5 * * * *', true, now() + interval '1 day', 'new provider');
INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number) VALUES (31337, '0xc', 90, 100);
INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, duration_ms, attempt, instance, error)
VALUES ('run', 'cleanup.expire-orders', 'cleanup', 'failed', now(), now(), 3, 1, 'i', '{"message":"no answer"}');
INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, message_id, body, headers, reason, tries, at)
SELECT 'letter-' || n, n, CASE WHEN n > 3 THEN 'others' ELSE 'somebody' END, 'vigia.event.moon.full', 'moon-' || n,
       '{"phase":"full"}', '{"ce-source":"the moon"}', 'nobody reads the moon', 3, now()
  FROM generate_series(1, 6) AS n;
`;

async function logIn(name: string): Promise<void> {
  await page.getByRole("button", { name: "Log in" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Log in" }).click();
  await page.getByText(`${name} ·`).waitFor();
}

/** Opens what the button asks, fills it in, and confirms. */
async function act(name: string | RegExp, values: Readonly<Record<string, string>> = {}): Promise<void> {
  await page.getByRole("button", { name }).click();
  const dialog = page.getByRole("dialog");
  for (const [label, value] of Object.entries(values)) await dialog.getByLabel(label).fill(value);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** The newest command with this name that is on the bus. */
async function commandOnBus(name: string): Promise<unknown> {
  const subject = `vigia.command.${name}`;
  const message = await bus.manager.streams.getMessage(STREAMS.commands.name, { last_by_subj: subject });
  return message?.json();
}

async function tell(event: { id: string; subject: string; data: unknown }): Promise<void> {
  const time = new Date().toISOString();
  await bus.publish(event.subject, event.data, toHeaders({ id: event.id, source: "test", type: "test", time }));
}

function panel(heading: string) {
  return page.getByRole("region", { name: heading });
}

describe("whoever may look", () => {
  beforeEach(async () => {
    opened = await openPage(browser, url);
    page = opened.page;
  });

  it.each([
    [
      "en-GB",
      "light",
      ["Jobs", "Recent runs", "Chain", "Issues", "What happens", "Dead letters", "Locks", "What was done"],
    ],
    [
      "es-ES",
      "dark",
      ["Tareas", "Cadena", "Incidencias", "Lo que ocurre", "Mensajes sin tratar", "Bloqueos", "Lo que se hizo"],
    ],
  ] as const)("sees every view in %s, %s, without a fault and without a button", async (locale, colorScheme, views) => {
    const own = await openPage(browser, url, { locale, colorScheme });
    for (const view of views) await own.page.getByRole("region", { name: view, exact: true }).waitFor();
    await own.page.getByText("nobody reads the moon").first().waitFor();
    expect(await seriousFaults(own.page)).toEqual([]);
    expect(
      await own.page.getByRole("button", { name: /^(Run|Pause .|Resync|Ejecutar|Pausar .|Resincronizar)/ }).count(),
    ).toBe(0);
    expect(own.complaints).toEqual([]);
    await own.page.context().close();
  });

  it("as a viewer has no buttons either", async () => {
    await logIn("vera");
    await page.getByText("vera · viewer").waitFor();
    expect(await page.getByRole("button", { name: /^(Run|Resync)/ }).count()).toBe(0);
    expect(opened.complaints).toEqual([]);
  });

  it("logs in first where looking is not open, and sees no more once logged out", async () => {
    await page.goto(closed);
    await page.getByText("Log in to see what Vigia sees").waitFor();
    expect(await page.getByRole("region", { name: "Jobs" }).count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    await logIn("vera");
    await panel("Jobs").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("Log in to see what Vigia sees").waitFor();
    expect(await page.getByRole("region", { name: "Jobs" }).count()).toBe(0);
  });

  it("is told that a login failed, and stays where they were", async () => {
    await page.getByRole("button", { name: "Log in" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("ana");
    await dialog.getByLabel("Password").fill("wrong");
    await dialog.getByRole("button", { name: "Log in" }).click();
    await dialog.getByRole("alert").getByText("no such user").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
});

describe("an operator", () => {
  // One login for all: an address may log in a few times a minute alone.
  let storageState: Awaited<ReturnType<BrowserContext["storageState"]>>;
  beforeAll(async () => {
    ({ page } = await openPage(browser, url));
    await logIn("ana");
    storageState = await page.context().storageState();
    await page.context().close();
  });
  beforeEach(async () => {
    opened = await openPage(browser, url, { storageState });
    page = opened.page;
    await page.getByText("ana · operator").waitFor();
  });
  afterEach(() => expect(opened.complaints).toEqual([]));

  it("finds every view and form without a fault", async () => {
    await page.getByText("SELF_TRADE").first().click();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Pause chain-sync.sync" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("runs a task by keyboard alone", async () => {
    await page.getByRole("button", { name: "Run cleanup.expire-orders now" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Run cleanup.expire-orders now" }).waitFor();
    await page.getByRole("button", { name: "Confirm" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await commandOnBus("cleanup.run")).toEqual({ task: "expire-orders" });
    await panel("What was done").getByText("cleanup run").waitFor();
  });

  it("gives no command by opening a form and closing it", async () => {
    await page.getByRole("button", { name: "Run consistency.deep-check now" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect(commandOnBus("consistency.run")).resolves.toBeUndefined();
  });

  it("pauses a schedule until a time, and resumes one", async () => {
    await act("Pause chain-sync.sync", { Until: "2040-01-01T12:30", Why: "holiday" });
    const until = new Date("2040-01-01T12:30").toISOString();
    expect(await commandOnBus("scheduler.pause")).toEqual({
      job: "chain-sync",
      task: "sync",
      until,
      reason: "holiday",
    });
    await panel("Jobs").getByText("new provider").waitFor();
    await act("Resume chain-sync.verify");
    expect(await commandOnBus("scheduler.resume")).toEqual({ job: "chain-sync", task: "verify" });
  });

  it("resyncs, and sees how far it is and that it is done", async () => {
    await act("Resync blocks", { "First block": "5", "Last block": "14" });
    expect(await commandOnBus("chain-sync.resync")).toEqual({ fromBlock: 5, toBlock: 14 });
    const { rows } = await database.query<{ id: string }>(
      "SELECT command_id AS id FROM vigia.operator_actions ORDER BY position DESC LIMIT 1",
    );
    const commandId = rows[0]?.id ?? "";
    const address = { target: "chain-sync", command: "resync", commandId, at: new Date().toISOString() };
    const range = { chainId: 31337, contract: `0x${"0".repeat(40)}`, commandId, fromBlock: 5, toBlock: 14 };
    await tell(commandChanged({ ...address, status: "accepted" }));
    await tell(resyncProgressed({ ...range, doneBlock: 9, logs: 1 }));
    await panel("Chain").getByText("at block 9 of 14").waitFor();
    await panel("Chain").getByText("under way").waitFor();
    await tell(commandChanged({ ...address, status: "completed", result: { logs: 1 } }));
    await panel("Chain").getByText("done").waitFor();
    await panel("What was done").getByText("at block 9 of 14").waitFor();
  });

  it("is told what is wrong with a range, and can mend it", async () => {
    await page.getByRole("button", { name: "Resync blocks" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("First block").fill("9");
    await dialog.getByLabel("Last block").fill("8");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await dialog.getByRole("alert").getByText("must not be below fromBlock").waitFor();
    // The browser's console tells of the answer itself.
    expect(opened.complaints.splice(0)).toEqual([expect.stringContaining("400")]);
    await dialog.getByLabel("Last block").fill("10");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await commandOnBus("chain-sync.resync")).toEqual({ fromBlock: 9, toBlock: 10 });
  });

  it("acknowledges, snoozes and reopens an issue", async () => {
    const fingerprint = "SELF_TRADE:order:1";
    await page.getByText("SELF_TRADE").first().click();
    await act("Acknowledge SELF_TRADE", { Why: "mine" });
    expect(await commandOnBus("consistency.acknowledge")).toEqual({ fingerprint, reason: "mine" });
    await act("Snooze SELF_TRADE", { Until: "2040-01-01T12:30" });
    const until = new Date("2040-01-01T12:30").toISOString();
    expect(await commandOnBus("consistency.snooze")).toEqual({ fingerprint, until });
    await page.getByLabel("Status of the issues").selectOption("acknowledged");
    await panel("Issues").getByText("SELF_TRADE").first().click();
    await act("Reopen SELF_TRADE");
    expect(await commandOnBus("consistency.reopen")).toEqual({ fingerprint: "SELF_TRADE:order:2" });
  });

  it("reads a dead letter and puts back one, those that are ticked, and all of a consumer", async () => {
    const letters = panel("Dead letters");
    const left = async () => {
      const { rows } = await database.query<{ sequence: number }>(
        "SELECT sequence FROM vigia.dead_letters WHERE resolved_at IS NULL ORDER BY sequence",
      );
      return rows.map(({ sequence }) => sequence);
    };
    await letters.getByRole("button", { name: "1 somebody" }).click();
    await letters.getByText('{"phase":"full"}').waitFor();
    await letters.getByText("the moon", { exact: true }).waitFor();
    await act("Replay dead letter 1");
    await eventually(async () => expect(await left()).toEqual([2, 3, 4, 5, 6]));
    await letters.getByRole("button", { name: "1 somebody" }).waitFor({ state: "detached" });

    await letters.getByLabel("Tick dead letter 2").check();
    await letters.getByLabel("Tick dead letter 4").check();
    await act("Replay 2 ticked");
    await eventually(async () => expect(await left()).toEqual([3, 5, 6]));

    await letters.getByLabel("Whose").selectOption("others");
    await act("Replay all 2 of others");
    await eventually(async () => expect(await left()).toEqual([3]));
    await panel("What was done").getByText("deadletters replay").first().waitFor();
  });
});
