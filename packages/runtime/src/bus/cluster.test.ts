import { randomUUID } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { orderChanged, STREAMS, tickFor, tickId, tickSubject } from "@vigia/messages";
import { createDatabase, eventually, startNatsCluster, startRedis, type TestDatabase } from "@vigia/testkit";
import { defineConsumer } from "../event/event-consumer.ts";
import { createLogger } from "../service/logging.ts";
import { type RunningService, startService } from "../service/run-service.ts";
import { defineTask } from "../task/task.ts";
import { type Bus, connectBus } from "./bus.ts";
import { awaitStreams, ensureStreams } from "./streams.ts";

const EXPIRE = "cleanup.expire-orders";
const EVENTS = 300;
/** A cluster takes some seconds to choose a leader. */
const PATIENT = { timeoutMs: 60_000 };
const log = createLogger("test", "fatal");

let cluster: Awaited<ReturnType<typeof startNatsCluster>>;
let redis: Awaited<ReturnType<typeof startRedis>>;
let testDatabase: TestDatabase;
let database: Database;
let bus: Bus;
let service: RunningService | undefined;

beforeAll(async () => {
  cluster = await startNatsCluster();
  redis = await startRedis();
  testDatabase = await createDatabase();
  database = await openDatabase({ url: testDatabase.url, applicationName: "test" });
  bus = await connectBus({ url: cluster.url, name: "test", log });
});
afterAll(async () => {
  await service?.stop();
  await bus.close();
  await database.close();
  await testDatabase.drop();
  await redis.stop();
  await cluster.stop();
});

const streams = () => Promise.all(Object.values(STREAMS).map(({ name }) => bus.manager.streams.info(name)));

test("streams that were of one server are kept by three where the setting says so", async () => {
  await awaitStreams(bus, 1, log);
  await ensureStreams(bus, 3, log);
  expect((await streams()).map(({ config }) => config.num_replicas)).toEqual([3, 3, 3, 3]);
});

const publishTick = (instant: Date, id: string) =>
  bus.publish(tickSubject(EXPIRE), tickFor(EXPIRE, instant, false), { "ce-id": id, "Nats-Msg-Id": id });

function orderEvent(orderId: string) {
  const parties = { buyerId: randomUUID(), sellerId: randomUUID() };
  const at = new Date().toISOString();
  return orderChanged({ orderId, status: "cancelled", previousStatus: "created", reason: "test", at, ...parties });
}

test("a stream's leader is killed under load: nothing is lost, and each message has its effect once", async () => {
  const seen: string[] = [];
  const ran: string[] = [];
  service = await startService(
    "cleanup",
    {
      tasks: [
        defineTask(EXPIRE, async ({ tick, step }) => {
          await step(async () => void ran.push(tick.scheduledAt.toISOString()));
          return undefined;
        }),
      ],
      consumers: [
        defineConsumer("test-orders", orderChanged, async ({ data, tx }) => {
          await tx.query("INSERT INTO public.seen (id) VALUES ($1)", [data.orderId]);
          seen.push(data.orderId);
        }),
      ],
    },
    {
      DATABASE_URL: testDatabase.url,
      REDIS_URL: redis.url,
      NATS_URL: cluster.url,
      NATS_REPLICAS: "3",
      HTTP_PORT: "0",
      LOG_LEVEL: "fatal",
    },
  );
  // No key: an effect that happened twice stands there twice.
  await database.query("CREATE TABLE public.seen (id text NOT NULL)");
  const ids = Array.from({ length: EVENTS }, () => randomUUID());
  const instant = new Date("2025-01-01T00:00:00.000Z");
  const id = tickId(EXPIRE, instant);

  for (const [index, orderId] of ids.entries()) {
    await database.transaction({ source: "cleanup" }, (tx) => tx.emit(orderEvent(orderId)));
    if (index === EVENTS / 3) {
      const leader = (await bus.manager.streams.info(STREAMS.events.name)).cluster?.leader ?? "";
      await cluster.nodes[leader]?.kill();
      // Every scheduler says each tick, until it hears that it is kept.
      for (let replica = 0; replica < 2; replica += 1) {
        await eventually(() => publishTick(instant, id));
      }
    }
  }
  await eventually(() => new Set(seen).size === EVENTS, { timeoutMs: 40_000 });
  await eventually(() => ran.length > 0);
  const { rows } = await database.query<{ id: string }>("SELECT id FROM public.seen");
  expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(ran).toHaveLength(1);
  const stored = await bus.manager.streams.info(STREAMS.events.name, { subjects_filter: "vigia.event.order.>" });
  expect(Object.values(stored.state.subjects ?? {})).toEqual(ids.map(() => 1));
  expect(await losses()).toBe(0);
}, 120_000);

const losses = async () =>
  (await database.query<{ losses: number }>("SELECT losses FROM vigia.bus_marks")).rows[0]?.losses;

/** Tells of so many orders, and resolves once all that is to tell is on the bus. */
async function tell(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await database.transaction({ source: "cleanup" }, (tx) => tx.emit(orderEvent(randomUUID())));
  }
  const waiting = "SELECT count(*)::int AS count FROM vigia.outbox WHERE relayed_at IS NULL";
  await eventually(async () => expect((await database.query(waiting)).rows).toEqual([{ count: 0 }]), PATIENT);
}

async function storedOrders(): Promise<number> {
  const { state } = await bus.manager.streams.info(STREAMS.events.name, { subjects_filter: "vigia.event.order.>" });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

async function allCurrent(): Promise<void> {
  await eventually(async () => {
    for (const { cluster: group } of await streams()) {
      expect(group?.replicas?.map(({ current }) => current)).toEqual([true, true]);
    }
  }, PATIENT);
}

test("a leader that was frozen while another took over is no loss, and events go on meanwhile", async () => {
  await Promise.all(Object.values(cluster.nodes).map((node) => node.restart()));
  await allCurrent();
  const before = await storedOrders();
  const leader = (await bus.manager.streams.info(STREAMS.events.name)).cluster?.leader ?? "";
  await cluster.nodes[leader]?.pause();
  await tell(20);
  await cluster.nodes[leader]?.resume();
  await tell(20);
  expect(await eventually(storedOrders, PATIENT)).toBe(before + 40);
  expect(await losses()).toBe(0);
}, 180_000);

test("what all servers lost that come back as they were some time ago is relayed again", async () => {
  const nodes = Object.values(cluster.nodes);
  const data = nodes.map(({ logFile }) => join(dirname(logFile), "data"));
  const before = await storedOrders();
  await Promise.all(nodes.map((node) => node.stop()));
  for (const folder of data) cpSync(folder, `${folder}.before`, { recursive: true });
  await Promise.all(nodes.map((node) => node.restart()));
  await allCurrent();
  await tell(20);
  expect(await storedOrders()).toBe(before + 20);
  await Promise.all(nodes.map((node) => node.kill()));
  for (const folder of data) {
    rmSync(folder, { recursive: true });
    cpSync(`${folder}.before`, folder, { recursive: true });
  }
  await Promise.all(nodes.map((node) => node.restart()));
  await eventually(async () => expect(await storedOrders()).toBe(before + 20), { timeoutMs: 90_000 });
  expect(await losses()).toBe(1);
}, 240_000);
