import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { STREAMS, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { type Bus, connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  readChainUntil,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";

const EXPIRE = "cleanup.expire-orders";
const ORDERS = 15_000;
const log = createLogger("kill-test", "fatal");

describe("a service that is killed in the middle of a run", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let testDatabase: TestDatabase;
  let database: Database;
  let bus: Bus;
  const processes: ServiceProcess[] = [];

  beforeAll(async () => {
    [nats, redis, testDatabase] = await Promise.all([startNats(), startRedis(), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "kill-test" });
    bus = await connectBus({ url: nats.url, name: "kill-test", log });
    await ensureStreams(bus, 1, log);
  });
  afterAll(async () => {
    for (const process of processes) process.kill("SIGKILL");
    await Promise.all(processes.map(({ ended }) => ended));
    await bus.close();
    await database.close();
    await Promise.all([nats.stop(), redis.stop(), testDatabase.drop()]);
  });

  const start = () => {
    const environment = { DATABASE_URL: testDatabase.url, REDIS_URL: redis.url, NATS_URL: nats.url };
    const started = startServiceProcess("cleanup", environment);
    processes.push(started);
    return started;
  };
  const count = async (sql: string) => (await database.query<{ count: number }>(sql)).rows[0]?.count ?? 0;
  const expired = () => count(`SELECT count(*) FROM marketplace.orders WHERE status = 'expired'`);

  it("is taken up again, finished, and has each effect once", async () => {
    await readChainUntil(database, new Date(), 31_337);
    await database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount, status, expires_at)
       SELECT gen_random_uuid(), $1, $2, '0x01', '0x02', 31337, '0x00', 1, 'created', now() - interval '1 day'
         FROM generate_series(1, $3)`,
      [randomUUID(), randomUUID(), ORDERS],
    );
    const first = start();
    const scheduledAt = new Date();
    const headers = toHeaders({
      id: tickId(EXPIRE, scheduledAt),
      source: "test",
      type: "vigia.tick",
      time: scheduledAt.toISOString(),
    });
    await bus.publish(tickSubject(EXPIRE), tickFor(EXPIRE, scheduledAt, false), headers);
    await eventually(async () => expect(await expired()).toBeGreaterThan(0), { everyMs: 2, timeoutMs: 30_000 });
    first.kill("SIGKILL");
    expect(await first.ended).toBe("SIGKILL");
    const before = await expired();
    expect(before).toBeLessThan(ORDERS);

    start();
    await eventually(async () => expect((await bus.manager.streams.info(STREAMS.ticks.name)).state.messages).toBe(0), {
      timeoutMs: 45_000,
    });
    expect(await expired()).toBe(ORDERS);
    expect(await count(`SELECT count(*) FROM marketplace.order_history WHERE to_status = 'expired'`)).toBe(ORDERS);
    expect(await count(`SELECT count(*) FROM vigia.outbox WHERE subject LIKE 'vigia.event.order.expired.%'`)).toBe(
      ORDERS,
    );
    const { rows } = await database.query<{ status: string; attempt: number }>(
      `SELECT status, attempt FROM vigia.executions WHERE job = $1 ORDER BY id`,
      [EXPIRE],
    );
    expect(rows).toEqual([
      { status: "recovered", attempt: 1 },
      { status: "completed", attempt: 1 },
    ]);
  });

  it("stops cleanly on SIGTERM", async () => {
    const last = processes.at(-1);
    last?.kill("SIGTERM");
    const code = await last?.ended;
    if (code !== 0) throw new Error(`it ended with ${code}; its last words were:\n${last?.output().slice(-2_000)}`);
  });

  it("stops cleanly on SIGTERM though the bus does not answer and events wait", async () => {
    const frozen = start();
    await eventually(() => expect(frozen.output()).toContain('"msg":"started"'), { timeoutMs: 30_000 });
    await nats.pause();
    try {
      await database.query(`UPDATE vigia.outbox SET relayed_at = NULL WHERE position % 100 = 0`);
      await eventually(() => expect(frozen.output()).toContain("relaying events failed"), { timeoutMs: 30_000 });
      frozen.kill("SIGTERM");
      const code = await frozen.ended;
      if (code !== 0) throw new Error(`it ended with ${code}; its last words were:\n${frozen.output().slice(-2_000)}`);
    } finally {
      await nats.resume();
    }
  });

  it("ends with code 78 and the whole list where settings are wrong", async () => {
    const broken = startServiceProcess("cleanup", { NATS_URL: "http://wrong", LOG_LEVEL: "loud" });
    processes.push(broken);
    expect(await broken.ended).toBe(78);
    for (const name of ["DATABASE_URL is missing", "REDIS_URL is missing", "NATS_URL: ", "LOG_LEVEL: "]) {
      expect(broken.output()).toContain(name);
    }
  });
});
