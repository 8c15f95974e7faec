import { randomUUID } from "node:crypto";
import { migrate } from "@vigia/database";
import { eventually, readChainUntil, type ServerHandle, startNats, startPostgres, startRedis } from "@vigia/testkit";
import { startServiceProcess } from "./service-process.ts";
import { openScene, type ServiceScene } from "./service-scene.ts";

const EXPIRE = "cleanup.expire-orders";
const ORDERS = 15_000;
/** An orchestrator kills after ten seconds. */
const EXIT_WITHIN_MS = 10_000;

describe("SIGTERM while Postgres is frozen in the middle of a run", () => {
  let servers: ServerHandle[];
  let postgres: ServerHandle;
  let scene: ServiceScene;

  beforeAll(async () => {
    const [nats, redis, database] = await Promise.all([startNats(), startRedis(), startPostgres()]);
    servers = [nats, redis, database];
    postgres = database;
    await migrate({ url: postgres.url });
    scene = await openScene("cleanup", { databaseUrl: postgres.url, redisUrl: redis.url, natsUrl: nats.url });
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  const count = async (sql: string) => (await scene.database.query<{ count: number }>(sql)).rows[0]?.count ?? 0;
  const expired = () => count(`SELECT count(*) FROM marketplace.orders WHERE status = 'expired'`);

  it("ends in time with code 0, leaves nothing half done, and the run is finished by the next process", async () => {
    const [nats, redis] = servers;
    const environment = { DATABASE_URL: postgres.url, REDIS_URL: redis?.url ?? "", NATS_URL: nats?.url ?? "" };
    const first = startServiceProcess("cleanup", environment);
    await eventually(() => expect(first.output()).toContain('"msg":"started"'), { timeoutMs: 30_000 });
    await readChainUntil(scene.database, new Date(), 31_337);
    await scene.database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount, status, expires_at)
       SELECT gen_random_uuid(), $1, $2, '0x01', '0x02', 31337, '0x00', 1, 'created', now() - interval '1 day'
         FROM generate_series(1, $3)`,
      [randomUUID(), randomUUID(), ORDERS],
    );
    await scene.publishTick(EXPIRE);
    await eventually(async () => expect(await expired()).toBeGreaterThan(0), { everyMs: 2, timeoutMs: 30_000 });
    await postgres.pause();
    const toldAtMs = performance.now();
    first.kill("SIGTERM");
    const code = await first.ended;
    if (code !== 0) throw new Error(`it ended with ${code}; its last words were:\n${first.output().slice(-2_000)}`);
    expect(performance.now() - toldAtMs).toBeLessThan(EXIT_WITHIN_MS);
    expect(first.output()).toContain("left waiting for Postgres");
    await postgres.resume();
    const before = await expired();
    expect(before).toBeLessThan(ORDERS);
    expect(await count(`SELECT count(*) FROM marketplace.order_history WHERE to_status = 'expired'`)).toBe(before);

    const second = startServiceProcess("cleanup", environment);
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), { timeoutMs: 45_000 });
    expect(await count(`SELECT count(*) FROM marketplace.order_history WHERE to_status = 'expired'`)).toBe(ORDERS);
    expect((await scene.executions()).map(({ status }) => status)).toEqual(["recovered", "completed"]);
    second.kill("SIGTERM");
    expect(await second.ended).toBe(0);
  });
});
