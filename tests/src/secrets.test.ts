import { defineTask, type ServiceDefinition } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { z } from "zod";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";
import { openScene, type ServiceScene } from "./service-scene.ts";

const EXPIRE = "cleanup.expire-orders";
const SECRET = "wrong-Pa55word-0123456789";

describe("a secret", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let testDatabase: TestDatabase;
  let scene: ServiceScene;
  const processes: ServiceProcess[] = [];

  beforeAll(async () => {
    [nats, redis, testDatabase] = await Promise.all([startNats(), startRedis(), createDatabase()]);
    scene = await openScene("cleanup", { databaseUrl: testDatabase.url, redisUrl: redis.url, natsUrl: nats.url });
  });
  afterAll(async () => {
    for (const process of processes) process.kill("SIGKILL");
    await Promise.all(processes.map(({ ended }) => ended));
    await scene.close();
    await Promise.all([nats.stop(), redis.stop(), testDatabase.drop()]);
  });

  const withLogin = (url: string) => {
    const changed = new URL(url);
    changed.username ||= "somebody";
    changed.password = SECRET;
    return changed.href;
  };
  const start = (environment: Record<string, string>) => {
    const right = { DATABASE_URL: testDatabase.url, REDIS_URL: redis.url, NATS_URL: nats.url, LOG_LEVEL: "trace" };
    const started = startServiceProcess("cleanup", { ...right, ...environment });
    processes.push(started);
    return started;
  };
  /** Everything that outlives the process or leaves it. */
  const everythingKept = async () => {
    const tables = ["executions", "outbox", "dead_letters", "issues"];
    const kept = await Promise.all(
      tables.map((table) => scene.database.query(`SELECT row_to_json(each)::text AS text FROM vigia.${table} AS each`)),
    );
    return JSON.stringify(kept);
  };

  it("of Postgres that is wrong is nowhere in what the service says", async () => {
    const refused = start({ DATABASE_URL: withLogin(testDatabase.url) });
    expect(await refused.ended).toBe(78);
    expect(refused.output()).toMatch(/password authentication failed/);
    expect(refused.output()).not.toContain(SECRET);
  });

  it("of Redis that is wrong is nowhere in what the service says and keeps", async () => {
    const started = start({ REDIS_URL: withLogin(redis.url) });
    await eventually(() => expect(started.output()).toContain("redis is unwell"), { timeoutMs: 30_000 });
    await eventually(async () => expect(await scene.events()).toContain("vigia.event.tracker.degraded"));
    expect(started.output()).not.toContain(SECRET);
    expect(await everythingKept()).not.toContain(SECRET);
    started.kill("SIGTERM");
    expect(await started.ended).toBe(0);
  });

  it("of NATS that is wrong is nowhere in what the service says", async () => {
    const guarded = await startNats({ args: ["--user", "vigia", "--pass", "the-right-one"] });
    try {
      const refused = start({ NATS_URL: withLogin(guarded.url) });
      await eventually(() => expect(refused.output()).toMatch(/NATS|uthori/), { timeoutMs: 30_000 });
      expect(refused.output()).not.toContain(SECRET);
      refused.kill("SIGKILL");
      await refused.ended;
    } finally {
      await guarded.stop();
    }
  });

  it("in the URL of a chain's endpoint is nowhere in a run's record, its events, its dead letter and the answers", async () => {
    const settings = z.object({ CHAIN_RPC_URL: z.string() });
    const url = `https://rpc.invalid/v2/${SECRET}/x?apikey=query-${SECRET}`;
    const failing: ServiceDefinition<typeof settings> = {
      settings,
      tasks: (environment) => [
        defineTask(EXPIRE, async () => {
          const cause = new Error(`connect to ${environment.settings.CHAIN_RPC_URL}`);
          throw new Error(`no answer of ${environment.settings.CHAIN_RPC_URL}`, { cause });
        }),
      ],
      routes: (app) => {
        app.get("/fails", () => {
          throw new Error(`no answer of ${url}`);
        });
      },
    };
    const { port } = await scene.start(failing as never, { CHAIN_RPC_URL: url });
    await scene.publishTick(EXPIRE);
    await eventually(async () => expect(await scene.deadLetters()).toHaveLength(1), { timeoutMs: 45_000 });
    const kept = await everythingKept();
    expect(kept).toContain("no answer of https://rpc.invalid/v2/[redacted]/x?apikey=");
    expect(kept).not.toContain(SECRET);
    const answer = await fetch(`http://127.0.0.1:${port}/fails`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain(SECRET);
  });
});
