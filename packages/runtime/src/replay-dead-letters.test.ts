import { type Database, openDatabase } from "@vigia/database";
import { commandSubject, newMessageId, orderChanged, STREAMS, tickFor, tickId, tickSubject } from "@vigia/messages";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { type Bus, connectBus } from "./bus/bus.ts";
import { PermanentError } from "./errors.ts";
import { defineConsumer } from "./event/event-consumer.ts";
import { replayDeadLetters } from "./replay-dead-letters.ts";
import { createLogger } from "./service/logging.ts";
import { type RunningService, type ServiceDefinition, startService } from "./service/run-service.ts";
import { defineTask } from "./task/task.ts";

const EXPIRE = "cleanup.expire-orders";
const log = createLogger("replay-test", "fatal");

describe("a dead letter", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let home: TestDatabase;
  let database: Database;
  let bus: Bus;
  const running: RunningService[] = [];

  beforeAll(async () => {
    [nats, redis] = await Promise.all([startNats(), startRedis()]);
  });
  afterAll(() => Promise.all([nats.stop(), redis.stop()]));
  beforeEach(async () => {
    home = await createDatabase();
    database = await openDatabase({ url: home.url, applicationName: "replay-test" });
    bus = await connectBus({ url: nats.url, name: "replay-test", log });
    await start("scheduler", { commands: ({ bus: own }) => [replayDeadLetters({ bus: own })] });
  });
  afterEach(async () => {
    for (const service of running.splice(0)) await service.stop();
    for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name);
    await bus.close();
    await database.close();
    await home.drop();
  });

  async function start(service: string, definition: ServiceDefinition<never>) {
    const servers = { DATABASE_URL: home.url, REDIS_URL: redis.url, NATS_URL: nats.url };
    running.push(await startService(service, definition, { ...servers, HTTP_PORT: "0", LOG_LEVEL: "fatal" }));
  }

  const letters = async () =>
    (
      await database.query<{ sequence: number; consumer: string; body: Buffer; resolvedAt: Date | null }>(
        `SELECT sequence, consumer, body, resolved_at AS "resolvedAt" FROM vigia.dead_letters ORDER BY at`,
      )
    ).rows;
  const letter = (count = 1) =>
    eventually(async () => {
      const found = await letters();
      expect(found).toHaveLength(count);
      return found.at(-1) as (typeof found)[number];
    });
  const replay = (data: object) => bus.publish(commandSubject("deadletters", "replay"), data, {});
  const ends = (target: string) =>
    eventually(async () => {
      const { rows } = await database.query<{ status: string; reason: string | null; result: unknown }>(
        `SELECT payload->>'status' AS status, payload->>'reason' AS reason, payload->'result' AS result
           FROM vigia.outbox WHERE subject ~ ('^vigia.event.command.(completed|rejected|failed).' || $1)
          ORDER BY position`,
        [target],
      );
      expect(rows.length).toBeGreaterThan(0);
      return rows;
    });
  const attempts = async () =>
    (
      await database.query<{ status: string; attempt: number }>(
        `SELECT status, attempt FROM vigia.executions ORDER BY id`,
      )
    ).rows.map(({ status, attempt }) => `${status} ${attempt}`);

  it("of a tick is replayed with all its tries when its cause is gone, and completes", async () => {
    const failures = [new PermanentError("poison"), new Error("once more")];
    const task = defineTask(EXPIRE, async () => {
      const failure = failures.shift();
      if (failure) throw failure;
      return { ran: true };
    });
    await start("cleanup", { tasks: [task] });
    const instant = new Date("2026-01-01T00:00:00Z");
    await bus.publish(tickSubject(EXPIRE), tickFor(EXPIRE, instant, false), { "ce-id": tickId(EXPIRE, instant) });
    const { sequence } = await letter();
    await replay({ sequence });
    await eventually(async () => expect(await attempts()).toEqual(["failed 1", "failed 1", "completed 2"]));
    expect((await letter()).resolvedAt).toBeInstanceOf(Date);
    expect(await ends("deadletters")).toEqual([{ status: "completed", reason: null, result: { replayed: 1 } }]);

    await replay({ sequence });
    await eventually(async () => expect(await ends("deadletters")).toHaveLength(2));
    expect((await ends("deadletters"))[1]).toMatchObject({
      status: "rejected",
      reason: expect.stringMatching(/was replayed already/),
    });
  });

  it("of an event is handled once, and by nobody who has handled it", async () => {
    const handled: string[] = [];
    let broken = true;
    const consumer = (name: string, mayBreak: boolean) =>
      defineConsumer(name, orderChanged, async () => {
        if (mayBreak && broken) throw new PermanentError("no template");
        handled.push(name);
      });
    await start("notifications", { consumers: [consumer("test-one", true), consumer("test-two", false)] });
    const event = orderChanged({
      ...{ orderId: newMessageId(), status: "expired", previousStatus: "created", reason: "its time passed" },
      ...{ sellerId: newMessageId(), buyerId: newMessageId(), at: new Date().toISOString() },
    });
    await bus.publish(event.subject, event.data, { "ce-id": event.id });
    await letter();
    broken = false;
    await replay({ consumer: "test-one" });
    expect(await ends("deadletters")).toMatchObject([{ status: "completed", result: { replayed: 1, remaining: 0 } }]);
    await eventually(() => expect(handled.toSorted()).toEqual(["test-one", "test-two"]));
    await eventually(async () => {
      const { ack_floor: two } = await bus.manager.consumers.info(STREAMS.events.name, "test-two");
      const { state } = await bus.manager.streams.info(STREAMS.events.name);
      expect(two.stream_seq).toBeLessThanOrEqual(state.last_seq);
      expect((await bus.manager.consumers.info(STREAMS.events.name, "test-two")).num_pending).toBe(0);
    });
    expect(handled).toHaveLength(2);
  });

  it("of a command keeps the command's id, and says anew what becomes of it", async () => {
    let broken = true;
    const task = defineTask(EXPIRE, async () => {
      if (broken) throw new PermanentError("not yet");
      return undefined;
    });
    await start("cleanup", { tasks: [task] });
    await bus.publish(commandSubject("cleanup", "run"), { task: "expire-orders" }, {});
    const { sequence } = await letter();
    await replay({ sequence });
    await letter(2);
    broken = false;
    await replay({ consumer: "cleanup-commands" });
    await eventually(async () => expect(await ends("cleanup")).toHaveLength(3));
    const { rows } = await database.query<{ status: string; id: string }>(
      `SELECT payload->>'status' AS status, payload->>'commandId' AS id FROM vigia.outbox
        WHERE subject LIKE 'vigia.event.command.%.cleanup.run' ORDER BY position`,
    );
    expect(rows.map(({ status }) => status)).toEqual([
      ...["accepted", "failed", "accepted", "failed", "accepted", "completed"],
    ]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
  });

  it("is kept byte by byte, whatever it holds", async () => {
    const body = new Uint8Array([0x7b, 0x00, 0xff, 0xed, 0xa0, 0x80, 0x0a]);
    await start("cleanup", { tasks: [defineTask(EXPIRE, async () => undefined)] });
    await bus.publishRaw(commandSubject("cleanup", "run"), body, { "Nats-Expected-Stream": STREAMS.commands.name });
    const { sequence, body: kept } = await letter();
    expect(new Uint8Array(kept)).toEqual(body);
    await replay({ sequence });
    expect(new Uint8Array((await letter(2)).body)).toEqual(body);
  });

  it("that is not there can't be replayed, and that is said", async () => {
    await replay({ sequence: 99 });
    await replay({ consumer: "nobody" });
    await eventually(async () => expect(await ends("deadletters")).toHaveLength(2));
    expect((await ends("deadletters")).map(({ reason }) => reason)).toEqual([
      "sequence: there is no dead letter 99",
      'consumer: "nobody" has no unresolved dead letters',
    ]);
  });

  it("of a tick waits while another tick of its task does", async () => {
    const task = defineTask(EXPIRE, async ({ signal, tick }) => {
      if (tick.scheduledAt.getUTCFullYear() === 2025) throw new PermanentError("never that year");
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      return undefined;
    });
    await start("cleanup", { tasks: [task] });
    await bus.publish(tickSubject(EXPIRE), tickFor(EXPIRE, new Date("2025-01-01T00:00:00Z"), false), {});
    const { sequence } = await letter();
    await eventually(async () => {
      const outcome = await bus.publish(tickSubject(EXPIRE), tickFor(EXPIRE, new Date(), false), {});
      expect(outcome).toBe("stored");
    });
    await replay({ sequence });
    expect(await ends("deadletters")).toMatchObject([
      { status: "rejected", reason: expect.stringMatching(/^a tick on .*expire-orders still waits or runs/) },
    ]);
    expect((await letters())[0]?.resolvedAt).toBeNull();
  });
});
