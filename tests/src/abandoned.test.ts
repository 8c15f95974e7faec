import { migrate } from "@vigia/database";
import { freePort } from "@vigia/servers";
import { createDatabase, eventually, startNats, startPostgres, startRedis } from "@vigia/testkit";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";

/** An orchestrator kills after ten seconds. */
const EXIT_WITHIN_MS = 10_000;
const START_WITHIN_MS = 40_000;
const WRONG_CONFIGURATION = 78;

describe("a service that everybody has left", () => {
  let service: ServiceProcess;
  afterEach(async () => {
    service.kill("SIGKILL");
    await service.ended;
  });

  const endsWithin = (ms: number) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("late"), ms);
    });
    return Promise.race([service.ended, late]).finally(() => clearTimeout(timer));
  };

  it.each(["nowhere", "to a collector that is gone"])("ends in time when told, with spans sent %s", async (where) => {
    const servers = await Promise.all([startNats(), startRedis(), startPostgres()]);
    const [nats, redis, postgres] = servers;
    await migrate({ url: postgres.url });
    service = startServiceProcess("cleanup", {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      NATS_URL: nats.url,
      ...(where === "nowhere" ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` }),
    });
    await eventually(() => expect(service.output()).toContain('"msg":"started"'), { timeoutMs: 30_000 });
    service.stopReading();
    await Promise.all(servers.map((server) => server.kill()));
    service.kill("SIGTERM");
    expect(await endsWithin(EXIT_WITHIN_MS)).toBe(0);
  });

  it("ends where its start fails, though nobody reads why", async () => {
    const home = await createDatabase();
    service = startServiceProcess("cleanup", {
      DATABASE_URL: `${home.url}-missing`,
      REDIS_URL: "redis://127.0.0.1:1",
      NATS_URL: "nats://127.0.0.1:1",
    });
    service.stopReading();
    expect(await endsWithin(START_WITHIN_MS)).toBe(WRONG_CONFIGURATION);
    await home.drop();
  });
});
