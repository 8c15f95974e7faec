import { eventually, type ServerHandle, startNats } from "@vigia/testkit";
import { createLogger } from "../service/logging.ts";
import { type Bus, connectBus } from "./bus.ts";
import { ensureStreams } from "./streams.ts";
import { lastEventSequence, watchEvents } from "./watch.ts";

const log = createLogger("test", "fatal");

let server: ServerHandle;
let bus: Bus;

beforeAll(async () => {
  server = await startNats();
  bus = await connectBus({ url: server.url, name: "test", log });
});

afterAll(async () => {
  await bus.close();
  await server.stop();
});

test("without a stream there is nothing to look at", async () => {
  await expect(lastEventSequence(bus)).rejects.toThrow("stream not found");
});

test("a watch begins behind its place, keeps to its filters, and misses nothing when the bus restarts", async () => {
  await ensureStreams(bus, 1, log);
  const publish = (subject: string, n: number) =>
    bus.publish(`vigia.event.${subject}`, { n }, { "Nats-Msg-Id": String(n) });
  await publish("order.expired.1", 1);
  const seen: unknown[] = [];
  const watch = await watchEvents({
    bus,
    filters: ["vigia.event.order.>", "vigia.event.run.failed.*.*"],
    after: await lastEventSequence(bus),
    onEvent: ({ body }) => seen.push(body.ok ? body.data : body.reason),
  });
  await publish("order.expired.2", 2);
  await publish("escrow.funded.1.1", 3);
  await publish("run.completed.cleanup.expire-orders", 4);
  await publish("order.expired.3", 5);
  await eventually(() => seen.length === 2);
  expect(seen).toEqual([{ n: 2 }, { n: 5 }]);

  await server.restart();
  await eventually(() => bus.isConnected());
  await eventually(() => publish("run.failed.cleanup.expire-orders", 6));
  await eventually(() => seen.length === 3);
  expect(seen.at(-1)).toEqual({ n: 6 });

  await watch.stop();
});

test("a first connection that was given a limit fails in time where there is no server", async () => {
  const waiting = connectBus({ url: "nats://127.0.0.1:1", name: "test", log, firstConnectionTimeoutMs: 1_000 });
  await expect(waiting).rejects.toThrow("connection refused");
});
