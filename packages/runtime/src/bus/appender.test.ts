import { AckPolicy } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type ServerHandle, startNats } from "@vigia/testkit";
import { createAppender } from "./appender.ts";
import { type Bus, connectBus } from "./bus.ts";
import { deliveryOf } from "./message.ts";

const LIMIT_BYTES = 100;
const CONFIGURATION = `
authorization {
  users: [
    { user: "all", password: "all" }
    { user: "some", password: "some", permissions: { publish: { deny: "kept.from.some" } } }
    { user: "deaf", password: "deaf", permissions: { subscribe: { deny: "_INBOX.deaf.>" } } }
  ]
}`;
const log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };

let server: ServerHandle;
const buses: Bus[] = [];

beforeAll(async () => {
  server = await startNats({ configuration: CONFIGURATION });
  const bus = await connect("all");
  await bus.manager.streams.add({ name: "KEPT", subjects: ["kept.>"], max_msg_size: LIMIT_BYTES });
});
afterEach(() => server.resume());
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await server.stop();
});

async function connect(user: string): Promise<Bus> {
  const url = server.url.replace("://", `://${user}:${user}@`);
  const bus = await connectBus({ url, name: user, log, firstConnectionTimeoutMs: 5_000 });
  buses.push(bus);
  return bus;
}

const outcomeOf = (publish: Promise<unknown>) => publish.catch((error: unknown) => error);

test("each of many publishes under way hears of its own place, and a second one of where it was stored before", async () => {
  const bus = await connect("all");
  const bodies = Array.from({ length: 500 }, (_, index) => String(index));
  const publish = () =>
    Promise.all(bodies.map((body) => bus.append(`kept.${body}`, body, { "Nats-Msg-Id": `many-${body}` })));
  const first = await publish();
  for (const body of ["0", "249", "499"]) {
    const sequence = first[Number(body)]?.sequence ?? 0;
    const message = await bus.manager.streams.getMessage("KEPT", { seq: sequence });
    expect(message?.string()).toBe(body);
  }
  expect(first.some(({ duplicate }) => duplicate)).toBe(false);
  expect(await publish()).toEqual(first.map((stored) => ({ ...stored, duplicate: true })));
});

test("an acknowledgement is heard before it resolves, and one that nobody hears is an error", async () => {
  const bus = await connect("all");
  const durable = {
    durable_name: "acknowledging",
    ack_policy: AckPolicy.Explicit,
    filter_subject: "kept.acknowledged.>",
  };
  await bus.manager.consumers.add("KEPT", durable);
  const consumer = await bus.client.consumers.get("KEPT", durable.durable_name);
  await Promise.all(["1", "2"].map((n) => bus.append(`kept.acknowledged.${n}`, n, {})));
  const deliveries: string[] = [];
  for await (const { info } of await consumer.fetch({ max_messages: 2 })) deliveries.push(deliveryOf(info) ?? "");
  const [one = "", other = ""] = deliveries;
  await bus.acknowledge(one);
  expect((await consumer.info()).num_ack_pending).toBe(1);
  await bus.manager.consumers.delete("KEPT", durable.durable_name);
  expect(await outcomeOf(bus.acknowledge(other))).toMatchObject({ name: "NoResponders" });
});

test("headers come as they were given, and none can be made of two", async () => {
  const bus = await connect("all");
  const given = { "ce-id": "1", "Ce-Id": "2", traceparent: "ñ: 3" };
  const { sequence } = await bus.append("kept.headers", "{}", given);
  const message = await bus.manager.streams.getMessage("KEPT", { seq: sequence });
  expect(Object.fromEntries(message?.header.keys().map((name) => [name, message.header.get(name)]) ?? [])).toEqual(
    given,
  );
  const split = await outcomeOf(bus.append("kept.headers", "{}", { "ce-id": "1\r\nNats-Msg-Id: 2" }));
  expect(split).toEqual(new Error("the header ce-id has more than one line"));
});

test("what is refused is an error of its own kind, and those beside it go", async () => {
  const bus = await connect("some");
  const [noStream, tooLarge, notAllowed, stored] = await Promise.all([
    outcomeOf(bus.append("nobody.keeps.this", "{}", {})),
    outcomeOf(bus.append("kept.large", "x".repeat(LIMIT_BYTES + 1), {})),
    outcomeOf(bus.append("kept.from.some", "{}", {})),
    bus.append("kept.small", "{}", {}),
  ]);
  expect(noStream).toMatchObject({ name: "NoResponders" });
  expect(tooLarge).toMatchObject({ name: "JetStreamApiError" });
  expect(notAllowed).toMatchObject({ name: "PermissionViolationError", subject: "kept.from.some" });
  expect(stored).toMatchObject({ duplicate: false });
});

test("who may not hear the answers is told so, each time", async () => {
  const { connection } = await connect("deaf");
  const appender = createAppender(connection, "_INBOX.deaf", 5_000);
  for (const n of [1, 2]) {
    const outcome = await outcomeOf(appender.append("kept.deaf", String(n), {}));
    expect(outcome).toMatchObject({ name: "PermissionViolationError", operation: "subscription" });
  }
});

test("a server that does not answer is waited for no longer than the limit; what it answers then is nobody's", async () => {
  const { connection } = await connect("all");
  const appender = createAppender(connection, "_INBOX.all", 300);
  await appender.append("kept.before", "1", {});
  await server.pause();
  const late = await Promise.all(["2", "3"].map((body) => outcomeOf(appender.append("kept.frozen", body, {}))));
  expect(late).toEqual([
    expect.objectContaining({ name: "TimeoutError" }),
    expect.objectContaining({ name: "TimeoutError" }),
  ]);
  await server.resume();
  await connection.flush();
  expect(await stillAppends(connection)).toBe(true);
});

test("a connection that is closed leaves nobody waiting", async () => {
  const { connection } = await connect("all");
  const appender = createAppender(connection, "_INBOX.all", 60_000);
  await server.pause();
  const waiting = outcomeOf(appender.append("kept.closed", "1", {}));
  const closed = connection.close();
  await server.resume();
  expect(await waiting).toEqual(new Error("the connection to NATS was closed"));
  await closed;
});

async function stillAppends(connection: NatsConnection): Promise<boolean> {
  const stored = await createAppender(connection, "_INBOX.all", 5_000).append("kept.after", "4", {});
  return stored.sequence > 0;
}
