import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { type OutgoingEvent, orderChanged, STREAMS } from "@vigia/messages";
import { createDatabase, eventually, type ServerHandle, startNats, type TestDatabase } from "@vigia/testkit";
import { Counter } from "prom-client";
import { type Bus, connectBus } from "./bus/bus.ts";
import { ensureStreams } from "./bus/streams.ts";
import { startOutboxRelay } from "./outbox-relay.ts";
import type { Component } from "./service/component.ts";
import { createLogger } from "./service/logging.ts";

const log = createLogger("relay-test", "fatal");
const EVENTS = STREAMS.events.name;

type StreamInfo = Awaited<ReturnType<Bus["manager"]["streams"]["info"]>>;

let nats: ServerHandle;
let testDatabase: TestDatabase;
let database: Database;
const buses: Bus[] = [];
const relays: Component[] = [];

beforeEach(async () => {
  [nats, testDatabase] = await Promise.all([startNats(), createDatabase()]);
  database = await openDatabase({ url: testDatabase.url, applicationName: "relay-test" });
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
  await database.close();
  await Promise.all([testDatabase.drop(), nats.stop()]);
});

/** `fault` stands between this relay and its bus. */
async function startRelay(source = "cleanup", fault: (bus: Bus) => Partial<Bus> = () => ({})): Promise<Bus> {
  const real = await connectBus({ url: nats.url, name: source, log });
  const bus = { ...real, ...fault(real) };
  buses.push(bus);
  const restoreStreams = () => ensureStreams(bus, 1, log);
  await restoreStreams();
  const relayed = new Counter({ name: "relayed", help: "relayed", registers: [] });
  relays.push(startOutboxRelay({ database, bus, source, log, relayed, restoreStreams }));
  return bus;
}

/** A bus that tells of the event stream what `tell` makes of the truth. */
function whoseInfo({ manager }: Bus, tell: (truth: StreamInfo) => Promise<StreamInfo>): Partial<Bus> {
  const info: typeof manager.streams.info = async (...question) => {
    const truth = await manager.streams.info(...question);
    return question[0] === EVENTS ? tell(truth) : truth;
  };
  const streams = Object.create(manager.streams, { info: { value: info } }) as typeof manager.streams;
  return { manager: Object.create(manager, { streams: { value: streams } }) as typeof manager };
}

const losses = async () =>
  (await database.query<{ losses: number }>(`SELECT losses FROM vigia.bus_marks`)).rows[0]?.losses;

/** Events of `aggregates` orders, `n`th after `n - 1`st of each. */
async function emit(count: number, aggregates: number, source = "cleanup", from = 0): Promise<void> {
  const template = orderChanged(
    {
      orderId: "00000000-0000-4000-8000-000000000000",
      status: "escrowed",
      previousStatus: "created",
      sellerId: "00000000-0000-4000-8000-000000000001",
      buyerId: "00000000-0000-4000-8000-000000000002",
      reason: "test",
      at: new Date(0).toISOString(),
    },
    "template",
  );
  const events = Array.from({ length: count }, (_, index): OutgoingEvent => {
    const n = from + index;
    return { ...template, id: `${source}-${n}`, aggregate: `order:${n % aggregates}`, data: { n } };
  });
  await database.transaction({ source }, (tx) => tx.emit(events));
}

const waiting = async () =>
  (await database.query<{ n: number }>(`SELECT count(*) AS n FROM vigia.outbox WHERE relayed_at IS NULL`)).rows[0]?.n;

async function drained(timeoutMs = 40_000): Promise<void> {
  await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs, everyMs: 100 });
}

/** What the stream holds, in its order. */
async function stored(bus: Bus): Promise<{ id: string; n: number }[]> {
  const { state } = await bus.manager.streams.info(EVENTS);
  if (state.messages === 0) return [];
  const consumer = await bus.client.consumers.get(EVENTS);
  const found: { id: string; n: number }[] = [];
  const messages = await consumer.fetch({ max_messages: state.messages, expires: 20_000 });
  for await (const message of messages) {
    found.push({ id: message.headers?.get("ce-id") ?? "", n: message.json<{ n: number }>().n });
  }
  return found;
}

function expectOnceInOrder(found: readonly { id: string; n: number }[], count: number, aggregates: number): void {
  expect(found).toHaveLength(count);
  expect(new Set(found.map(({ id }) => id)).size).toBe(count);
  const newest = new Map<number, number>();
  for (const { n } of found) {
    expect(n).toBeGreaterThan(newest.get(n % aggregates) ?? -1);
    newest.set(n % aggregates, n);
  }
}

describe("the outbox relay", () => {
  it("drains what waits with several relays at once: each event once, in order within its aggregate", async () => {
    await emit(20_000, 70);
    const [bus] = await Promise.all([startRelay(), startRelay(), startRelay()]);
    await drained();
    expectOnceInOrder(await stored(bus), 20_000, 70);
  });

  it("keeps what is behind an event that could not go from going before it, batches later too", async () => {
    let refusals = 0;
    const bus = await startRelay("cleanup", (real) => ({
      async append(subject, body, headers) {
        if (headers["ce-id"] === "cleanup-10" && refusals++ < 2) throw new Error("refused");
        return real.append(subject, body, headers);
      },
    }));
    await emit(1_400, 3);
    await drained();
    expect(refusals).toBe(3);
    expectOnceInOrder(await stored(bus), 1_400, 3);
  });

  it("takes what another relays while it looks at the bus for no loss", async () => {
    await startRelay("other");
    await emit(1, 1, "other");
    await drained();
    let looks = 0;
    await startRelay("cleanup", (real) =>
      whoseInfo(real, async (place) => {
        if (looks < 5) await emit(1, 1, "other", ++looks);
        await drained();
        return place;
      }),
    );
    await eventually(() => looks === 5);
    await drained();
    expect(await losses()).toBe(0);
  });

  it("relays nothing again, nor anything newer, while a stream of several servers seems to have lost events", async () => {
    let lying = false;
    let lies = 0;
    const bus = await startRelay("cleanup", (real) =>
      whoseInfo(real, async (told) => {
        if (!lying) return told;
        lies += 1;
        const { config, state } = told;
        return { ...told, config: { ...config, num_replicas: 3 }, state: { ...state, last_seq: state.last_seq - 1 } };
      }),
    );
    await emit(20, 5);
    await drained();
    lying = true;
    await eventually(() => lies > 1);
    await emit(20, 5, "cleanup", 20);
    const before = lies;
    await eventually(() => lies > before + 2);
    expect((await stored(bus)).length).toBe(20);
    lying = false;
    await drained();
    expectOnceInOrder(await stored(bus), 40, 5);
    expect(await losses()).toBe(0);
  });

  it("goes on when the process that was relaying hangs", async () => {
    let hangs = () => {};
    let free = () => {};
    const hanging = new Promise<void>((resolve) => {
      hangs = resolve;
    });
    const freed = new Promise<never>((_, reject) => {
      free = () => reject(new Error("it wakes up"));
    });
    await startRelay("cleanup", () => ({
      append: () => {
        hangs();
        return freed;
      },
    }));
    await emit(10, 5);
    await hanging;
    const bus = await startRelay();
    await drained();
    free();
    expectOnceInOrder(await stored(bus), 10, 5);
  });

  it("relays again what the bus lost with its stream, from every source, before anything newer", async () => {
    const bus = await startRelay("cleanup");
    await startRelay("chain-sync");
    await emit(500, 20, "cleanup");
    await drained();
    await emit(500, 20, "chain-sync", 500);
    await drained();
    await bus.manager.streams.delete(EVENTS);
    await emit(10, 10, "cleanup", 1_000);
    await eventually(async () => expect((await bus.manager.streams.info(EVENTS)).state.messages).toBe(1_010));
    await drained();
    const found = await stored(bus);
    expectOnceInOrder(found, 1_010, 20);
  });

  it("relays again what a server lost that comes back empty", async () => {
    const bus = await startRelay();
    await emit(1_000, 30);
    await drained();
    await nats.kill();
    rmSync(join(dirname(nats.logFile), "data"), { recursive: true, force: true });
    await nats.restart();
    await eventually(async () => expect((await bus.manager.streams.info(EVENTS)).state.messages).toBe(1_000), {
      timeoutMs: 30_000,
    });
    await drained();
    expectOnceInOrder(await stored(bus), 1_000, 30);
  });

  it("relays again what a server lost that comes back as it was some time ago", async () => {
    const data = join(dirname(nats.logFile), "data");
    const bus = await startRelay();
    await emit(300, 10);
    await drained();
    await nats.stop();
    cpSync(data, `${data}.before`, { recursive: true });
    await nats.restart();
    await eventually(() => bus.isConnected());
    await emit(300, 10, "cleanup", 300);
    await drained();
    await nats.kill();
    rmSync(data, { recursive: true });
    cpSync(`${data}.before`, data, { recursive: true });
    await nats.restart();
    await eventually(async () => expect((await bus.manager.streams.info(EVENTS)).state.messages).toBe(600), {
      timeoutMs: 30_000,
    });
    await drained();
    expectOnceInOrder(await stored(bus), 600, 10);
  });

  it("notices by the place of its own event that the bus lost others just before", async () => {
    let lose = false;
    const bus = await startRelay("cleanup", (real) => ({
      async append(...event) {
        if (lose) {
          lose = false;
          await real.manager.streams.delete(EVENTS);
          await ensureStreams(real, 1, log);
        }
        return real.append(...event);
      },
    }));
    await emit(50, 10);
    await drained();
    lose = true;
    await emit(1, 1, "cleanup", 50);
    await eventually(async () => expect((await bus.manager.streams.info(EVENTS)).state.messages).toBe(51));
    await drained();
    expect(new Set((await stored(bus)).map(({ id }) => id)).size).toBe(51);
  });
});
