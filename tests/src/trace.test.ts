import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import {
  type CollectedSpan,
  type Collector,
  createDatabase,
  eventually,
  readChainUntil,
  type ServerHandle,
  startCollector,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";

const TASK = "cleanup.expire-orders";

describe("a trace", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let home: TestDatabase;
  let database: Database;
  let collector: Collector;
  const processes: Record<string, ServiceProcess> = {};

  beforeAll(async () => {
    [nats, redis, home, collector] = await Promise.all([startNats(), startRedis(), createDatabase(), startCollector()]);
    database = await openDatabase({ url: home.url, applicationName: "trace-test" });
    await readChainUntil(database, new Date(), 31_337);
    for (const service of ["cleanup", "notifications", "scheduler"]) {
      processes[service] = startServiceProcess(service, {
        DATABASE_URL: home.url,
        REDIS_URL: redis.url,
        NATS_URL: nats.url,
        SCHEDULE_CLEANUP_EXPIRE_ORDERS: "* * * * * *",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: "100",
      });
    }
  });
  afterAll(async () => {
    for (const process of Object.values(processes)) process.kill("SIGKILL");
    await Promise.all(Object.values(processes).map(({ ended }) => ended));
    await database.close();
    await Promise.all([nats.stop(), redis.stop(), home.drop(), collector.stop()]);
  });

  /** An order whose time has passed. Resolves with its id once its seller was told. */
  async function expireAnOrder(): Promise<string> {
    const [order, seller] = [randomUUID(), randomUUID()];
    await database.query("INSERT INTO marketplace.users (id, name, address) VALUES ($1, 'Ada', '0x01')", [seller]);
    await database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount, status, expires_at)
       VALUES ($1, $2, $3, '0x01', '0x02', 31337, '0x00', 1, 'created', now() - interval '1 day')`,
      [order, seller, randomUUID()],
    );
    const told = `SELECT 1 FROM vigia.notifications WHERE user_id = $1`;
    await eventually(async () => expect((await database.query(told, [seller])).rowCount).toBe(1), {
      timeoutMs: 60_000,
    });
    return order;
  }

  const parentOf = ({ traceId, parentSpanId }: CollectedSpan) =>
    collector.spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId);

  function lineageOf(span: CollectedSpan | undefined): string[] {
    return span ? [...lineageOf(parentOf(span)), `${span.service}: ${span.name}`] : [];
  }

  const aboutOrder = (order: string, name: string) => (span: CollectedSpan) =>
    span.name === name && String(span.attributes["messaging.destination.name"]).endsWith(order);

  it("runs from the tick to the handling of what it led to, across services", async () => {
    const order = await expireAnOrder();
    const step = [
      `vigia-scheduler: tick ${TASK}`,
      "vigia-scheduler: send vigia.tick",
      "vigia-cleanup: process cleanup-expire-orders",
      `vigia-cleanup: run ${TASK}`,
      `vigia-cleanup: step ${TASK}`,
    ];
    await eventually(() => {
      const handled = collector.spans.find(aboutOrder(order, "process notifications-orders"));
      expect(lineageOf(handled)).toEqual([...step, "vigia-notifications: process notifications-orders"]);
      const sent = collector.spans.find(aboutOrder(order, "send vigia.order"));
      expect(lineageOf(sent)).toEqual([...step, "vigia-cleanup: send vigia.order"]);
    });
  });

  it("is named by each log line of a run, beside the run itself", async () => {
    await eventually(() => {
      const lines = (processes.cleanup?.output() ?? "").split("\n").filter((line) => line.includes('"run completed"'));
      const { trace_id, span_id, executionId } = JSON.parse(lines[0] ?? "{}");
      const run = collector.spans.find((span) => span.traceId === trace_id && span.spanId === span_id);
      expect(run).toMatchObject({ name: `run ${TASK}`, attributes: { "vigia.execution_id": executionId } });
    });
  });

  it("keeps nothing waiting: a collector that is silent costs neither a job nor a clean stop", async () => {
    collector.silence();
    await eventually(() => expect(collector.waiting()).toBeGreaterThan(0));
    await expireAnOrder();
    expect(collector.waiting()).toBeGreaterThan(0);
    for (const process of Object.values(processes)) process.kill("SIGTERM");
    expect(await Promise.all(Object.values(processes).map(({ ended }) => ended))).toEqual([0, 0, 0]);
  });
});
