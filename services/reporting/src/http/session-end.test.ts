import { sign } from "@fastify/cookie";
import { hashPassword } from "@vigia/access";
import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import fastify, { type FastifyInstance } from "fastify";
import { SESSION_SECONDS, writeSession } from "../login/session.ts";
import type { User } from "../login/users.ts";
import { settings } from "../settings.ts";
import { serveApi } from "./api.ts";

const KEY = "k".repeat(48);

let holder: TestDatabase;
let database: Database;
/** Two replicas. */
let apps: FastifyInstance[];
let origin: string;
let elsewhere: string;
let user: User;

beforeAll(async () => {
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "test" });
  user = { name: "ana", role: "operator", passwordHash: await hashPassword("a long password") };
  const values = settings.parse({ WEB_USERS: `ana:operator:${user.passwordHash}`, WEB_SESSION_KEY: KEY });
  apps = [fastify({ forceCloseConnections: true }), fastify({ forceCloseConnections: true })];
  const serve = async (app: FastifyInstance) => {
    // A stream asks the database alone: neither the bus nor a lock.
    await serveApi(app, { settings: values, database, bus: undefined as never, tracker: undefined as never });
    return app.listen({ host: "127.0.0.1", port: 0 });
  };
  [origin = "", elsewhere = ""] = await Promise.all(apps.map(serve));
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database?.close();
  await holder?.drop();
});

/** A session that is over after as many seconds. */
function sessionFor(seconds: number): string {
  const begunAt = new Date(Date.now() - (SESSION_SECONDS - seconds) * 1_000);
  return `vigia-session=${encodeURIComponent(sign(writeSession(user, begunAt), KEY))}`;
}

/** A stream of events that is open: its first word has come. */
async function follow(cookie: string) {
  const { status, body } = await fetch(`${origin}/api/stream`, { headers: { cookie } });
  expect(status).toBe(200);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => (await reader?.read()) ?? { done: true, value: undefined };
  expect((await read()).value).toMatch(/^retry: /);
  return { read, cancel: () => reader?.cancel() };
}

describe("what was let in to with a session", () => {
  it("ends when the session is over", async () => {
    const stream = await follow(sessionFor(5));
    expect(await stream.read()).toEqual({ done: true, value: undefined });
  });

  it("ends when it is logged out, and nothing of another login does", async () => {
    const [mine, others] = [sessionFor(600), sessionFor(601)];
    const [stream, other] = [await follow(mine), await follow(others)];
    await fetch(`${origin}/api/session`, { method: "DELETE", headers: { cookie: mine } });
    expect(await stream.read()).toEqual({ done: true, value: undefined });
    await database.query(
      "INSERT INTO vigia.event_feed (id, subject, source, payload, at) VALUES ('e', 'vigia.event.x', 's', '{}', now())",
    );
    expect((await other.read()).value).toContain("vigia.event.x");
    await other.cancel();
  });

  it("ends at every replica, and lets nobody in again who copied the cookie", async () => {
    const cookie = sessionFor(600);
    const reads = async (at: string) => (await fetch(`${at}/api/events`, { headers: { cookie } })).status;
    expect([await reads(origin), await reads(elsewhere)]).toEqual([200, 200]);
    const stream = await follow(cookie);
    await fetch(`${elsewhere}/api/session`, { method: "DELETE", headers: { cookie } });
    expect([await reads(origin), await reads(elsewhere)]).toEqual([401, 401]);
    expect(await stream.read()).toEqual({ done: true, value: undefined });
  });
});
