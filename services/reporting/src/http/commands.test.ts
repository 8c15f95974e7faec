import { hashPassword } from "@vigia/access";
import { type Database, openDatabase } from "@vigia/database";
import { commandChanged, PAGE_COMMANDS, resyncProgressed, STREAMS, toHeaders } from "@vigia/messages";
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
import type { Action, ActionPage, CommandGiven, DeadLetterPage, SessionAnswer, Wire } from "../answers.ts";
import { reporting } from "../reporting.ts";

const PASSWORD = "a long password";
const TASK = { target: "cleanup", command: "run", data: { task: "expire-orders" } };
/** One of each that the page offers, as its receiver wants it. */
const COMMANDS: Readonly<Record<string, object>> = {
  "chain-sync.run": { task: "sync" },
  "cleanup.run": { task: "expire-orders" },
  "consistency.run": { task: "check" },
  "chain-sync.resync": { fromBlock: 1, toBlock: 9, reason: "new provider" },
  "scheduler.pause": { job: "chain-sync", task: "sync", until: "2040-01-01T00:00:00.000Z" },
  "scheduler.resume": { job: "chain-sync" },
  "scheduler.backfill": {
    ...{ job: "cleanup", task: "expire-orders" },
    ...{ from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T02:00:00.000Z" },
  },
  "runs.cancel": { executionId: "e", reason: "the wrong day" },
  "consistency.acknowledge": { fingerprint: "f", reason: "mine" },
  "consistency.snooze": { fingerprint: "f", until: "2040-01-01T00:00:00.000Z" },
  "consistency.reopen": { check: "SELF_TRADE" },
  "deadletters.replay": { sequence: 1 },
  "notifications.redeliver": { channel: "email" },
};

let servers: ServerHandle[];
let holder: TestDatabase;
let database: Database;
let bus: Bus;
let settings: Record<string, string>;
let service: RunningService;
let origin: string;
/** Beside the first, for one test. */
const others: RunningService[] = [];

beforeAll(async () => {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  servers = [nats, redis];
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "test" });
  const hash = await hashPassword(PASSWORD);
  settings = {
    DATABASE_URL: holder.url,
    NATS_URL: nats.url,
    REDIS_URL: redis.url,
    HTTP_PORT: "0",
    LOG_LEVEL: "fatal",
    WEB_USERS: `ana:operator:${hash} vera:viewer:${hash}`,
  };
  service = await startService("reporting", reporting, settings);
  origin = `http://127.0.0.1:${service.port}`;
  bus = await connectBus({ url: nats.url, name: "test", log: createLogger("test", "fatal") });
});

afterEach(async () => {
  for (const other of others.splice(0)) await other.stop();
});

afterAll(async () => {
  await service?.stop();
  await bus?.close();
  await database?.close();
  await holder?.drop();
  await Promise.all(servers.map((server) => server.stop()));
});

/** Where the interface of another reporting service is. */
async function startOther(changed: Record<string, string>): Promise<string> {
  const other = await startService("reporting", reporting, changed);
  others.push(other);
  return `http://127.0.0.1:${other.port}/api`;
}

interface Asking {
  readonly cookie?: string;
  readonly body?: unknown;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** As the page asks: whatever changes something names our origin. */
async function call(path: string, { cookie = "", body, method = body ? "POST" : "GET", headers }: Asking = {}) {
  return fetch(`${origin}/api/${path}`, {
    method,
    headers: {
      cookie,
      ...(method === "GET" ? {} : { origin }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function logIn(name: string, password = PASSWORD): Promise<Response> {
  return call("session", { body: { name, password } });
}

/** One login of each user for all tests: an address may log in a few times alone. */
const logins = new Map<string, Promise<Response>>();

async function loginOf(name: string): Promise<Response> {
  const login = logins.get(name) ?? logIn(name);
  logins.set(name, login);
  return login;
}

async function cookieOf(name: string): Promise<string> {
  const response = await loginOf(name);
  expect(response.status).toBe(200);
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function give(cookie: string, body: unknown): Promise<string> {
  const response = await call("commands", { cookie, body });
  expect([response.status, await response.clone().text()]).toEqual([202, expect.anything()]);
  return ((await response.json()) as CommandGiven).commandId;
}

async function actionOf(cookie: string, commandId: string): Promise<Wire<Action>> {
  return (await (await call(`actions/${commandId}`, { cookie })).json()) as Wire<Action>;
}

async function commandsWaiting(): Promise<number> {
  return (await bus.manager.streams.info(STREAMS.commands.name)).state.messages;
}

async function tell(event: { id: string; subject: string; data: unknown }): Promise<void> {
  const time = new Date().toISOString();
  await bus.publish(event.subject, event.data, toHeaders({ id: event.id, source: "test", type: "test", time }));
}

describe("reading", () => {
  it("needs a login where there are users, and says who asks", async () => {
    for (const path of ["overview", "events", "stream", "dead-letters", "actions", "locks"]) {
      expect([path, (await call(path)).status]).toEqual([path, 401]);
    }
    expect(await (await call("session")).json()).toEqual({ user: null, hasUsers: true, mayRead: false });
    const cookie = await cookieOf("vera");
    expect((await call("overview", { cookie })).status).toBe(200);
    const session = (await (await call("session", { cookie })).json()) as SessionAnswer;
    expect(session).toEqual({ user: { name: "vera", role: "viewer" }, hasUsers: true, mayRead: true });
  });

  it("gives a cookie that scripts and other sites do not get, and takes none that was changed", async () => {
    const given = (await loginOf("vera")).headers.get("set-cookie") ?? "";
    expect(given).toMatch(/HttpOnly/);
    expect(given).toMatch(/SameSite=Strict/);
    const [cookie = ""] = given.split(";");
    const [name, value = ""] = cookie.split("=");
    const [payload = "", signature] = decodeURIComponent(value).split(".");
    const asOperator = Buffer.from(Buffer.from(payload, "base64url").toString().replace("vera", "ana"));
    const forged = `${name}=${encodeURIComponent(`${asOperator.toString("base64url")}.${signature}`)}`;
    expect((await call("overview", { cookie: forged })).status).toBe(401);
    expect((await call("overview", { cookie: `${name}=${payload}` })).status).toBe(401);
  });

  it("forgets the cookie at logout, and lets nobody in who kept it", async () => {
    const cookie = (await logIn("vera")).headers.get("set-cookie")?.split(";")[0] ?? "";
    const response = await call("session", { cookie, method: "DELETE" });
    expect((await call("overview", { cookie })).status).toBe(401);
    expect(response.headers.get("set-cookie")).toMatch(/^vigia-session=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/);
  });
});

describe("a command", () => {
  it.each(Object.entries(COMMANDS))("%s lands on the bus as it is given, and on record", async (name, data) => {
    const cookie = await cookieOf("ana");
    const [target = "", command = ""] = name.split(".");
    const commandId = await give(cookie, { target, command, data });
    const subject = `vigia.command.${name}`;
    const message = await bus.manager.streams.getMessage(STREAMS.commands.name, { last_by_subj: subject });
    expect(message?.json()).toEqual(data);
    expect(message?.header.get("ce-id")).toBe(commandId);
    expect(message?.header.get("ce-type")).toBe(subject);
    expect(await actionOf(cookie, commandId)).toMatchObject({ operator: "ana", target, command, data, status: "sent" });
  });

  it("is tried above, whatever the page offers", () => {
    expect(Object.keys(COMMANDS).sort()).toEqual([...PAGE_COMMANDS].sort());
  });

  it.each([
    ["a viewer", "vera", {}, 403],
    ["nobody", undefined, {}, 401],
    ["another site", "ana", { origin: "https://evil.example" }, 403],
    ["a page of no origin", "ana", { origin: "null" }, 403],
  ])("is refused to %s", async (_who, user, headers, status) => {
    const before = await commandsWaiting();
    const cookie = user ? await cookieOf(user) : "";
    const response = await call("commands", { cookie, body: TASK, headers });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await commandsWaiting()).toBe(before);
  });

  it.each([
    ["what the page does not offer", { target: "cleanup", command: "record-downtime", data: {} }, "does not offer"],
    ["an unknown task", { target: "cleanup", command: "run", data: { task: "nothing" } }, "task"],
    ["a field that it does not know", { ...TASK, data: { task: "expire-orders", force: true } }, "force"],
    [
      "blocks the wrong way round",
      { target: "chain-sync", command: "resync", data: { fromBlock: 9, toBlock: 1 } },
      "toBlock",
    ],
    ["a body without data", { target: "cleanup", command: "run" }, "data"],
  ])("is refused for %s, naming it, and leaves no record", async (_what, body, named) => {
    const cookie = await cookieOf("ana");
    const count = async () => (await database.query("SELECT FROM vigia.operator_actions")).rowCount;
    const before = await count();
    const response = await call("commands", { cookie, body });
    expect([response.status, await response.json()]).toEqual([
      400,
      { title: expect.any(String), status: 400, detail: expect.stringContaining(named) },
    ]);
    expect(await count()).toBe(before);
  });

  it("has its progress and its outcome on record, and no late word undoes its end", async () => {
    const cookie = await cookieOf("ana");
    const commandId = await give(cookie, { target: "chain-sync", command: "resync", data: { fromBlock: 0 } });
    const address = { target: "chain-sync", command: "resync", commandId, at: new Date().toISOString() };
    await tell(commandChanged({ ...address, status: "accepted" }));
    await eventually(async () => expect(await actionOf(cookie, commandId)).toMatchObject({ status: "accepted" }));
    const range = { chainId: 1, contract: `0x${"0".repeat(40)}`, fromBlock: 0, toBlock: 9 };
    await tell(resyncProgressed({ ...range, commandId, doneBlock: 4, logs: 2 }));
    await tell(commandChanged({ ...address, status: "completed", result: { logs: 2 } }));
    await tell(commandChanged({ ...address, status: "accepted" }));
    const last = commandChanged({ ...address, commandId: "nobody's", status: "failed", reason: "no" });
    await tell(last);
    await eventually(async () => {
      const feed = (await (await call("events?limit=1", { cookie })).json()) as { events: { id: string }[] };
      expect(feed.events[0]?.id).toBe(last.id);
    });
    expect(await actionOf(cookie, commandId)).toMatchObject({
      status: "completed",
      result: { logs: 2 },
      progress: { fromBlock: 0, toBlock: 9, doneBlock: 4, logs: 2 },
      answeredAt: address.at,
    });
  });

  it("puts dead letters back through the service that answers for them", async () => {
    const cookie = await cookieOf("ana");
    others.push(
      await startService("scheduler", { commands: ({ bus: own }) => [replayDeadLetters({ bus: own })] }, settings),
    );
    await database.query(
      `INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, message_id, body, headers, reason, tries, at)
       SELECT 'letter-' || n, 100 + n, 'somebody', 'vigia.event.moon.full', 'moon-' || n, '{}', '{}', 'r', 1, now()
         FROM generate_series(1, 3) AS n`,
    );
    const letters = async () =>
      ((await (await call("dead-letters?consumer=somebody", { cookie })).json()) as Wire<DeadLetterPage>).letters;
    const one = await give(cookie, { target: "deadletters", command: "replay", data: { sequence: 102 } });
    await eventually(async () => expect(await actionOf(cookie, one)).toMatchObject({ status: "completed" }));
    expect((await letters()).map(({ sequence }) => sequence).sort()).toEqual([101, 103]);
    const all = await give(cookie, { target: "deadletters", command: "replay", data: { consumer: "somebody" } });
    await eventually(async () =>
      expect(await actionOf(cookie, all)).toMatchObject({ status: "completed", result: { replayed: 2, remaining: 0 } }),
    );
    const again = await give(cookie, { target: "deadletters", command: "replay", data: { sequence: 102 } });
    await eventually(async () => expect(await actionOf(cookie, again)).toMatchObject({ status: "rejected" }));
    expect((await actionOf(cookie, again)).reason).toContain("replayed already");
  });

  it("is listed with the others, newest first, each once", async () => {
    const cookie = await cookieOf("vera");
    const page = async (query: string) =>
      (await (await call(`actions?${query}`, { cookie })).json()) as Wire<ActionPage>;
    const first = await page("limit=2");
    const second = await page(`limit=2&before=${first.next}`);
    const positions = [...first.actions, ...second.actions].map(({ position }) => position);
    expect(new Set(positions).size).toBe(4);
    expect(positions).toEqual(positions.toSorted((a, b) => b - a));
  });

  it("that NATS does not take is an error, and on record as unconfirmed", async () => {
    const cookie = await cookieOf("ana");
    await bus.manager.streams.delete(STREAMS.commands.name);
    const response = await call("commands", { cookie, body: TASK });
    expect(response.status).toBe(503);
    const { detail } = (await response.json()) as { detail: string };
    const { actions } = (await (await call("actions?limit=1", { cookie })).json()) as Wire<ActionPage>;
    expect(actions[0]).toMatchObject({ status: "unconfirmed", command: "run" });
    expect(detail).toContain(actions[0]?.commandId);
  });
});

describe("logging in", () => {
  it("is refused to who does not know the password, and after some tries to everybody at that address", async () => {
    const at = `${await startOther(settings)}/session`;
    const attempt = (password: string, from = "203.0.113.1", place = at) =>
      fetch(place, {
        method: "POST",
        headers: { "content-type": "application/json", "x-forwarded-for": from },
        body: JSON.stringify({ name: "ana", password }),
      });
    const refused = await attempt("wrong");
    expect([refused.status, refused.headers.get("set-cookie")]).toEqual([401, null]);
    for (let tries = 2; tries <= 10; tries += 1) expect((await attempt("wrong")).status).toBe(401);
    // Nobody is believed who says that they ask for another, but a proxy that is named.
    const late = await attempt(PASSWORD, "203.0.113.2");
    expect(late.status).toBe(429);
    expect(late.headers.get("content-type")).toContain("application/problem+json");

    const behind = `${await startOther({ ...settings, HTTP_TRUST_PROXY: "10.0.0.0/8, loopback" })}/session`;
    for (let tries = 1; tries <= 10; tries += 1) await attempt("wrong", "203.0.113.1", behind);
    expect((await attempt(PASSWORD, "203.0.113.1", behind)).status).toBe(429);
    expect((await attempt(PASSWORD, "203.0.113.2", behind)).status).toBe(200);
  });
});

describe("a page without users", () => {
  it("is for everybody to read and for nobody to act on", async () => {
    const { WEB_USERS: _, ...none } = settings;
    const at = await startOther(none);
    expect((await fetch(`${at}/overview`)).status).toBe(200);
    expect(await (await fetch(`${at}/session`)).json()).toEqual({ user: null, hasUsers: false, mayRead: true });
    const response = await fetch(`${at}/commands`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(TASK),
    });
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
      403,
      expect.stringContaining("WEB_USERS"),
    ]);
  });

  it("is read without a login where the settings say so, and users act all the same", async () => {
    const at = await startOther({
      ...settings,
      WEB_OPEN_READING: "true",
      WEB_ORIGIN: "https://vigia.example/",
    });
    expect((await fetch(`${at}/overview`)).status).toBe(200);
    const post = (path: string, body: unknown, from: string) =>
      fetch(`${at}/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: from },
        body: JSON.stringify(body),
      });
    expect((await post("commands", TASK, "https://vigia.example")).status).toBe(401);
    const login = await post("session", { name: "ana", password: PASSWORD }, "https://vigia.example");
    expect([login.status, login.headers.get("set-cookie")]).toEqual([200, expect.stringContaining("Secure")]);
  });
});
