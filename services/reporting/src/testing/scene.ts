import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hashPassword } from "@vigia/access";
import { type Database, openDatabase } from "@vigia/database";
import { STREAMS, toHeaders } from "@vigia/messages";
import {
  type Bus,
  connectBus,
  createLogger,
  type RunningService,
  replayDeadLetters,
  startService,
} from "@vigia/runtime";
import { createDatabase, type ServerHandle, startNats, startRedis, type TestDatabase } from "@vigia/testkit";
import type { Browser } from "playwright-core";
import { createReporting } from "../reporting.ts";
import { openBrowser } from "./browser.ts";
import { ROWS } from "./rows.ts";

export const PASSWORD = "a long password";

/** The page as it is now, served by a system of its own, and a browser. */
export interface Scene {
  readonly browser: Browser;
  /** Whoever has no login may look there. */
  readonly url: string;
  /** Nobody may look there without one. */
  readonly closed: string;
  readonly database: Database;
  /** The newest command with this name that is on the bus. */
  commandOnBus(name: string): Promise<unknown>;
  /** Publishes an event. */
  tell(event: { readonly id: string; readonly subject: string; readonly data: unknown }): Promise<void>;
  stop(): Promise<void>;
}

/** Servers and services that are up, each to be stopped before those that were started ahead of it. */
interface Started {
  readonly webDir: string;
  servers: readonly ServerHandle[];
  browser?: Browser;
  holder?: TestDatabase;
  database?: Database;
  bus?: Bus;
  readonly services: RunningService[];
}

export async function startScene(): Promise<Scene> {
  const started: Started = { webDir: mkdtempSync(join(tmpdir(), "vigia-web-")), servers: [], services: [] };
  try {
    return await start(started);
  } catch (error) {
    await stop(started);
    throw error;
  }
}

async function start(started: Started): Promise<Scene> {
  await buildPage(started.webDir);
  started.browser = await openBrowser();
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  started.servers = [nats, redis];
  started.holder = await createDatabase();
  const database = await openDatabase({ url: started.holder.url, applicationName: "test" });
  started.database = database;
  const places = {
    ...{ DATABASE_URL: started.holder.url, NATS_URL: nats.url, REDIS_URL: redis.url },
    ...{ HTTP_PORT: "0", LOG_LEVEL: "fatal" },
  };
  const hash = await hashPassword(PASSWORD);
  const users = { ...places, WEB_USERS: `ana:operator:${hash} vera:viewer:${hash}` };
  const serve = async (settings: Record<string, string>) => {
    const service = await startService("reporting", createReporting(started.webDir), settings);
    started.services.push(service);
    return `http://127.0.0.1:${service.port}/`;
  };
  const url = await serve({ ...users, WEB_OPEN_READING: "true" });
  const closed = await serve(users);
  const commands = ({ bus: own }: { readonly bus: Bus }) => [replayDeadLetters({ bus: own })];
  started.services.push(await startService("scheduler", { commands }, places));
  const bus = await connectBus({ url: nats.url, name: "test", log: createLogger("test", "fatal") });
  started.bus = bus;
  await database.query(ROWS);
  return {
    ...{ browser: started.browser, url, closed, database },
    async commandOnBus(name) {
      const subject = `vigia.command.${name}`;
      const message = await bus.manager.streams.getMessage(STREAMS.commands.name, { last_by_subj: subject });
      return message?.json();
    },
    async tell({ id, subject, data }) {
      const time = new Date().toISOString();
      await bus.publish(subject, data, toHeaders({ id, source: "test", type: "test", time }));
    },
    stop: () => stop(started),
  };
}

async function stop({ webDir, servers, browser, holder, database, bus, services }: Started): Promise<void> {
  await browser?.close();
  for (const service of services) await service.stop();
  await bus?.close();
  await database?.close();
  await holder?.drop();
  rmSync(webDir, { recursive: true });
  await Promise.all(servers.map((server) => server.stop()));
}

/** The page is tested as it is now, whatever was built before. */
async function buildPage(webDir: string): Promise<void> {
  const vite = join(require.resolve("vite/package.json"), "..", "bin", "vite.js");
  const web = join(__dirname, "..", "..", "web");
  await promisify(execFile)(process.execPath, [vite, "build", web, "--outDir", webDir, "--emptyOutDir"]);
}
