import { migrate } from "@vigia/database";
import { defineTask } from "@vigia/runtime";
import { eventually, type ServerHandle, startNats, startPostgres, startRedis } from "@vigia/testkit";
import { openScene, type ServiceScene } from "./service-scene.ts";

const EXPIRE = "cleanup.expire-orders";
/** A question must not hang as the server does. */
const ANSWER_MS = 8_000;
const DAY_MS = 86_400_000;
const HANDLING = /^vigia_consumer_handling_since_timestamp_seconds\{consumer="cleanup-expire-orders",.*\} [1-9]/m;

describe("what a service says of its health", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let postgres: ServerHandle;
  let scene: ServiceScene;
  let port: number;

  beforeAll(async () => {
    [nats, redis, postgres] = await Promise.all([startNats(), startRedis(), startPostgres()]);
    await migrate({ url: postgres.url });
    scene = await openScene("cleanup", { databaseUrl: postgres.url, redisUrl: redis.url, natsUrl: nats.url });
    ({ port } = await scene.start({ tasks: [defineTask(EXPIRE, async () => undefined)] }));
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all([nats.stop(), redis.stop(), postgres.stop()]);
  });

  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const healthy = { status: 200, healthy: true, problems: [] };
  const ready = { status: 200, ready: true, problems: [], notes: [] };
  const isWellAgain = () => eventually(async () => expect(await ask("/readyz")).toEqual(ready), { timeoutMs: 30_000 });

  it("is not ready and yet healthy while Postgres is silent", async () => {
    await isWellAgain();
    await postgres.pause();
    await scene.publishTick(EXPIRE);
    expect(await ask("/readyz")).toMatchObject({ status: 503, ready: false, problems: ["Postgres is away"] });
    expect(await ask("/healthz")).toEqual(healthy);
    // Nor when it has waited for Postgres with a message in hand for longer than any run may take.
    await eventually(async () => expect(await metrics()).toMatch(HANDLING));
    const laterMs = performance.now() + DAY_MS;
    jest.spyOn(performance, "now").mockImplementation(() => laterMs);
    expect(await ask("/healthz")).toEqual(healthy);
    jest.restoreAllMocks();
    await postgres.resume();
    await isWellAgain();
  });

  it("is not ready and yet healthy while NATS is silent", async () => {
    await nats.pause();
    expect(await metrics()).toMatch(/^vigia_ready\{.*\} 0$/m);
    const answer = await ask("/readyz");
    expect(answer).toMatchObject({ status: 503, ready: false });
    expect(answer).toHaveProperty("problems.0", "NATS is away");
    expect(await ask("/healthz")).toEqual(healthy);
    await nats.resume();
    await isWellAgain();
  });

  it("is ready without Redis, and notes it", async () => {
    await redis.kill();
    const notes = ["Redis is away: locks and state are kept in Postgres"];
    await eventually(async () => expect(await ask("/readyz")).toEqual({ ...ready, notes }));
    await redis.restart();
    await isWellAgain();
  });

  it("shows in numbers what it says in words", async () => {
    const numbers = await metrics();
    for (const sample of [
      /^vigia_ready\{.*\} 1$/m,
      /^vigia_healthy\{.*\} 1$/m,
      /^vigia_consumer_last_read_timestamp_seconds\{consumer="cleanup-expire-orders",.*\} \d+/m,
      /^vigia_consumer_handling_since_timestamp_seconds\{consumer="cleanup-expire-orders",.*\} 0$/m,
    ]) {
      expect(numbers).toMatch(sample);
    }
  });
});
