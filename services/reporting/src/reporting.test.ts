import { type Database, openDatabase } from "@vigia/database";
import { newMessageId, orderChanged, STREAMS, toHeaders } from "@vigia/messages";
import { type Bus, connectBus, createLogger, type RunningService, startService } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import type { FeedEvent, FeedPage, Wire } from "./answers.ts";
import { reporting } from "./reporting.ts";

const ORDER = "0b5f8a5e-9a3e-4c06-8f43-3b8f6f2d1a10";
const AT = "2030-01-01T00:00:00.000Z";

let servers: ServerHandle[];
let holder: TestDatabase;
let database: Database;
let bus: Bus;
let service: RunningService;
let origin: string;

beforeAll(async () => {
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  servers = [nats, redis];
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "test" });
  service = await startService("reporting", reporting, {
    DATABASE_URL: holder.url,
    NATS_URL: nats.url,
    REDIS_URL: redis.url,
    HTTP_PORT: "0",
    LOG_LEVEL: "fatal",
  });
  origin = `http://127.0.0.1:${service.port}`;
  bus = await connectBus({ url: nats.url, name: "test", log: createLogger("test", "fatal") });
});

afterAll(async () => {
  await service?.stop();
  await bus?.close();
  await database?.close();
  await holder?.drop();
  await Promise.all(servers.map((server) => server.stop()));
});

/** Publishes as another service would; `forAgain` makes it another message of the stream with the same event id. */
async function publish(id: string, subject: string, body: unknown, forAgain = ""): Promise<void> {
  const headers = toHeaders({ id, source: "test", type: "vigia.test", time: AT });
  await bus.publish(subject, body, { ...headers, "Nats-Msg-Id": id + forAgain });
}

function orderExpired() {
  const parties = { sellerId: ORDER, buyerId: ORDER };
  return orderChanged({
    orderId: ORDER,
    status: "expired",
    previousStatus: "created",
    reason: "late",
    at: AT,
    ...parties,
  });
}

async function feed(): Promise<Wire<FeedPage>["events"]> {
  const response = await fetch(`${origin}/api/events`);
  return ((await response.json()) as Wire<FeedPage>).events;
}

/** Reads a stream of server-sent events until it ends; `events` grows meanwhile. */
async function openStream(path = "/api/stream", headers: Record<string, string> = {}) {
  const response = await fetch(origin + path, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const ended = (async () => {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return;
      text += value;
    }
  })();
  const events = (): Wire<FeedEvent>[] =>
    [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, data]) => JSON.parse(data ?? "") as Wire<FeedEvent>);
  return { response, events, ended, text: () => text, cancel: () => reader?.cancel() };
}

describe("the feed", () => {
  it("takes any event, once, however often it comes", async () => {
    const { id, subject, data } = orderExpired();
    await publish(id, subject, data);
    await publish(id, subject, data, "-again");
    const unknownId = newMessageId();
    await publish(unknownId, "vigia.event.moon.full", { phase: "full" });
    const events = await eventually(async () => {
      const all = await feed();
      expect(all[0]?.id).toBe(unknownId);
      return all;
    });
    expect(events.map((event) => event.id)).toEqual([unknownId, id]);
    expect(events[1]).toMatchObject({ subject, source: "test", payload: data, at: AT });
  });

  it("goes on behind an event that is no JSON object, which ends as a dead letter and in the feed", async () => {
    await publish(newMessageId(), "vigia.event.moon.full", ["not", "an", "object"]);
    const id = newMessageId();
    await publish(id, "vigia.event.moon.full", {});
    await eventually(async () => {
      const all = await feed();
      return all.some((event) => event.id === id) && all.some(({ subject }) => subject.includes("deadletter.added"));
    });
    const { state } = await bus.manager.streams.info(STREAMS.deadLetters.name);
    expect(state.messages).toBe(1);
  });
});

describe("GET /api/stream", () => {
  it("gives what happens from now on, and after a lost connection what was missed", async () => {
    const stream = await openStream();
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.response.headers.get("x-content-type-options")).toBe("nosniff");
    await eventually(() => stream.text().startsWith("retry: "));
    expect(stream.events()).toEqual([]);

    const event = orderExpired();
    await publish(event.id, event.subject, event.data);
    await eventually(() => stream.events().length > 0);
    const [received] = stream.events();
    expect(received).toMatchObject({ id: event.id, subject: event.subject, payload: event.data });
    expect(stream.text()).toContain(`id: ${received?.position}\n`);
    await stream.cancel();

    const missed = orderExpired();
    await publish(missed.id, missed.subject, missed.data);
    const resumed = await openStream("/api/stream?after=0", { "last-event-id": String(received?.position) });
    await eventually(() => resumed.events().length > 0);
    expect(resumed.events().map(({ id }) => id)).toEqual([missed.id]);
    await resumed.cancel();
  });

  it("ends with the service", async () => {
    const stream = await openStream("/api/stream?after=0");
    await eventually(() => stream.events().length > 0);
    await service.stop();
    await stream.ended;
  });
});
