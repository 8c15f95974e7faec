import { beginTry, type Database, openDatabase } from "@vigia/database";
import { newMessageId, type OutgoingEvent, orderChanged, STREAMS } from "@vigia/messages";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { type Bus, connectBus } from "../bus/bus.ts";
import { ensureDurable } from "../bus/durable.ts";
import { placeOf, readMessage } from "../bus/message.ts";
import { ensureStreams } from "../bus/streams.ts";
import { PermanentError } from "../errors.ts";
import { createLogger } from "../service/logging.ts";
import { type RunningService, startService } from "../service/run-service.ts";
import { defineConsumer, type EventConsumer } from "./event-consumer.ts";

const CONSUMER = "test-orders";
const EVENTS = STREAMS.events.name;
const log = createLogger("events-test", "fatal");

let nats: ServerHandle;
let redis: ServerHandle;
let testDatabase: TestDatabase;
let database: Database;
let bus: Bus;
const running: RunningService[] = [];

beforeAll(async () => {
  [nats, redis] = await Promise.all([startNats(), startRedis()]);
});
afterAll(async () => {
  await Promise.all([nats.stop(), redis.stop()]);
});
beforeEach(async () => {
  testDatabase = await createDatabase();
  database = await openDatabase({ url: testDatabase.url, applicationName: "events-test" });
  await database.query(
    `CREATE TABLE effects (position bigserial, aggregate text, note text, tx bigint DEFAULT txid_current())`,
  );
  bus = await connectBus({ url: nats.url, name: "events-test", log });
  await ensureStreams(bus, 1, log);
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
  for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name).catch(() => undefined);
  await bus.close();
  await database.close();
  await testDatabase.drop();
});

async function start(consumer: EventConsumer): Promise<RunningService> {
  const place = { DATABASE_URL: testDatabase.url, REDIS_URL: redis.url, NATS_URL: nats.url };
  const started = await startService(
    "notifications",
    { consumers: [consumer] },
    { ...place, HTTP_PORT: "0", LOG_LEVEL: "fatal" },
  );
  running.push(started);
  return started;
}

/** Notes each event, after `first`, which may throw. */
function noting(first: (note: string, tries: number) => Promise<void> | void = () => {}): EventConsumer {
  const tries = new Map<string, number>();
  return defineConsumer(CONSUMER, orderChanged, async ({ envelope, data, tx }) => {
    const known = (tries.get(data.reason) ?? 0) + 1;
    tries.set(data.reason, known);
    await tx.query(`INSERT INTO effects (aggregate, note) VALUES ($1, $2)`, [envelope.subject, data.reason]);
    await first(data.reason, known);
  });
}

function eventOf(aggregate: string, note: string): OutgoingEvent {
  const parties = { sellerId: newMessageId(), buyerId: newMessageId() };
  const change = { status: "expired", previousStatus: "created", at: new Date().toISOString() } as const;
  return { ...orderChanged({ orderId: newMessageId(), ...parties, ...change, reason: note }), aggregate };
}

/** Names such as `a1`: the first event of the aggregate `a`. */
async function tell(...notes: readonly string[]): Promise<void> {
  for (const note of notes) {
    const { id, subject, aggregate, data } = eventOf(note.replace(/\d+$/, ""), note);
    await bus.publish(subject, data, { "ce-id": id, "ce-subject": aggregate });
  }
}

const effects = async () =>
  (await database.query<{ note: string }>(`SELECT note FROM effects ORDER BY position`)).rows.map(({ note }) => note);
const letters = async () =>
  (await database.query<{ reason: string }>(`SELECT reason FROM vigia.dead_letters`)).rows.map(({ reason }) => reason);
const numbered = (aggregate: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${aggregate}${index + 1}`);
const consumerInfo = () => bus.manager.consumers.info(EVENTS, CONSUMER);

const place = () => ({
  ...{ bus, stream: STREAMS.events, durable: CONSUMER, filter: orderChanged.filter, description: "test" },
  inHands: { atLeast: 10 },
});

/** Another process that takes so many events in its hands, and says no more of them. */
async function takeAndDie(count: number) {
  const consumer = await ensureDurable(place());
  const taken = [];
  for await (const message of await consumer.fetch({ max_messages: count, expires: 5_000 })) taken.push(message);
  expect(taken).toHaveLength(count);
  return taken;
}

describe("a consumer of events", () => {
  it("handles an event once, though it comes twice, and those together that wait together", async () => {
    const { id, subject, data } = eventOf("a", "once");
    const body = new TextEncoder().encode(JSON.stringify(data));
    for (let time = 0; time < 2; time += 1) await bus.publishRaw(subject, body, { "ce-id": id });
    await bus.publishRaw("vigia.event.order.expired.x", new TextEncoder().encode("{}"), {});
    const notes = numbered("a", 200);
    await tell(...notes);
    await start(noting());
    await eventually(async () => expect(await effects()).toHaveLength(201));
    expect(await effects()).toEqual(["once", ...notes]);
    await eventually(async () => expect(await letters()).toHaveLength(1));
    const { rows } = await database.query<{ count: number }>(`SELECT count(DISTINCT tx) AS count FROM effects`);
    expect(rows[0]?.count).toBeLessThan(40);
    await eventually(async () => expect(await consumerInfo()).toMatchObject({ num_pending: 0, num_ack_pending: 0 }));
  });

  it("goes on with others while one that fails waits, and with its own aggregate after it, in order", async () => {
    let broken = true;
    await start(
      noting((note) => {
        if (broken && note === "a2") throw new Error("an ordinary failure");
      }),
    );
    await tell("a1", "b1", "a2", "b2", "a3", ...numbered("c", 20), "b3", "a4");
    await eventually(async () => expect(await effects()).toEqual(["a1", "b1", "b2", ...numbered("c", 20), "b3"]));
    broken = false;
    await eventually(async () => expect(await effects()).toHaveLength(27), { timeoutMs: 30_000 });
    expect((await effects()).slice(-3)).toEqual(["a2", "a3", "a4"]);
    expect(await letters()).toEqual([]);
    expect((await database.query(`SELECT 1 FROM vigia.failed_tries`)).rowCount).toBe(0);
  });

  it("makes dead letters of those alone that can't be handled, though many are handled together", async () => {
    const poison = new Set(["a20", "b7", "c31"]);
    await tell(...["a", "b", "c"].flatMap((aggregate) => numbered(aggregate, 40)));
    await start(
      noting((note) => {
        if (poison.has(note)) throw new PermanentError(`${note} is poison`);
      }),
    );
    await eventually(async () => expect(await effects()).toHaveLength(117), { timeoutMs: 30_000 });
    await eventually(async () =>
      expect((await letters()).sort()).toEqual([...poison].map((each) => `${each} is poison`)),
    );
    for (const aggregate of ["a", "b", "c"]) {
      const own = numbered(aggregate, 40).filter((note) => !poison.has(note));
      expect((await effects()).filter((note) => note.startsWith(aggregate))).toEqual(own);
    }
  });

  it("handles what a process had in its hands when it died before what came later", async () => {
    await tell(...numbered("a", 12));
    const taken = await takeAndDie(8);
    const lastSigns = setInterval(() => {
      for (const message of taken) message.working();
    }, 500);
    await start(noting());
    await eventually(async () => expect((await consumerInfo()).num_pending).toBe(0));
    clearInterval(lastSigns);
    await eventually(async () => expect(await effects()).toHaveLength(12), { timeoutMs: 30_000 });
    expect(await effects()).toEqual(numbered("a", 12));
  });

  it("keeps order and has each effect once where processes take turns", async () => {
    const aggregates = ["a", "b", "c", "d"];
    const first = await start(noting());
    await start(noting());
    const telling = tell(...numbered("x", 300).map((note, index) => note.replace("x", aggregates[index % 4] ?? "")));
    await eventually(async () => expect((await effects()).length).toBeGreaterThan(20));
    await first.stop();
    await start(noting());
    await telling;
    await eventually(async () => expect(await effects()).toHaveLength(300), { timeoutMs: 30_000 });
    const numbers = (aggregate: string, all: readonly string[]) =>
      all.filter((note) => note.startsWith(aggregate)).map((note) => Number(note.slice(1)));
    const all = await effects();
    for (const aggregate of aggregates) {
      const own = numbers(aggregate, all);
      expect(own).toHaveLength(75);
      expect(own).toEqual([...own].sort((left, right) => left - right));
    }
  });

  it("leaves a consumer that allows more in hands as it is, and widens one that allows less", async () => {
    await ensureDurable({ ...place(), inHands: { exactly: 1 } });
    const narrow = await start(noting());
    const allowed = (await consumerInfo()).config.max_ack_pending ?? 0;
    expect(allowed).toBeGreaterThan(1);
    await narrow.stop();
    await ensureDurable({ ...place(), inHands: { exactly: allowed + 1 } });
    await start(noting());
    expect((await consumerInfo()).config.max_ack_pending).toBe(allowed + 1);
  });

  it("confuses none of a stream that was lost with one of the stream made anew", async () => {
    let broken = true;
    await start(
      noting((note) => {
        if (broken && note === "a1") throw new Error("not yet");
      }),
    );
    await tell("a1");
    await eventually(async () => expect((await database.query(`SELECT FROM vigia.failed_tries`)).rowCount).toBe(1));
    await bus.manager.streams.delete(EVENTS);
    await ensureStreams(bus, 1, log);
    await tell("b1", "b2");
    await eventually(async () => expect(await effects()).toEqual(["b1", "b2"]), { timeoutMs: 30_000 });
    broken = false;
    await eventually(async () => expect(await consumerInfo()).toMatchObject({ num_pending: 0, num_ack_pending: 0 }));
  });

  it("makes a dead letter of one in the middle of which processes die, and goes on", async () => {
    await tell("a1", "a2", "b1");
    const taken = await takeAndDie(3);
    const [first, second] = taken.map((message) => placeOf(readMessage(message)));
    for (const process of ["p1", "p2", "p3", "p4", "p5"]) await beginTry(database, CONSUMER, first ?? "", process);
    for (const process of ["p1", "p2", "p3", "p4"]) await beginTry(database, CONSUMER, second ?? "", process);
    for (const message of taken) message.nak();
    const begun: unknown[] = [];
    await start(
      noting(async (note) => {
        const { rows } = await database.query(`SELECT begun FROM vigia.failed_tries WHERE message = $1`, [second]);
        begun.push([note, rows[0]?.begun]);
      }),
    );
    await eventually(async () => expect(await effects()).toEqual(["a2", "b1"]));
    await eventually(async () =>
      expect(await letters()).toEqual(["5 processes ended in the middle of it, one after the other"]),
    );
    expect(begun).toEqual([
      ["a2", 5],
      ["b1", undefined],
    ]);
  });
});
