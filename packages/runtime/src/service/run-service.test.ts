import { type Database, openDatabase } from "@vigia/database";
import {
  commandSubject,
  newMessageId,
  orderChanged,
  STREAMS,
  tickFor,
  tickId,
  tickSubject,
  toHeaders,
} from "@vigia/messages";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { type Bus, connectBus } from "../bus/bus.ts";
import { readStored } from "../bus/message.ts";
import { CommandRejectedError, PermanentError } from "../errors.ts";
import { replayDeadLetters } from "../replay-dead-letters.ts";
import { watchForStrays } from "../stray-messages.ts";
import { defineTask, type TaskContext } from "../task/task.ts";
import { createLogger } from "./logging.ts";
import { type RunningService, type ServiceDefinition, startService } from "./run-service.ts";

const EXPIRE = "cleanup.expire-orders";
const log = createLogger("runtime-test", "fatal");

describe("a service", () => {
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
    database = await openDatabase({ url: testDatabase.url, applicationName: "runtime-test" });
    await database.query(`CREATE TABLE effects (message_id text, note text)`);
    bus = await connectBus({ url: nats.url, name: "runtime-test", log });
  });
  afterEach(async () => {
    for (const service of running.splice(0)) await service.stop();
    for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name).catch(() => undefined);
    await bus.close();
    await database.close();
    await testDatabase.drop();
  });

  async function start(definition: ServiceDefinition<never>, service = "cleanup"): Promise<RunningService> {
    const settings = {
      DATABASE_URL: testDatabase.url,
      REDIS_URL: redis.url,
      NATS_URL: nats.url,
      HTTP_PORT: "0",
      LOG_LEVEL: "fatal",
    };
    const started = await startService(service, definition, settings);
    running.push(started);
    return started;
  }

  const publishTick = (scheduledAt: Date) =>
    bus.publish(
      tickSubject(EXPIRE),
      tickFor(EXPIRE, scheduledAt, false),
      toHeaders({
        id: tickId(EXPIRE, scheduledAt),
        source: "test",
        type: "vigia.tick",
        time: new Date().toISOString(),
      }),
    );
  const publishCommand = async (command: string, data: unknown, target = "cleanup") => {
    await bus.publishRaw(commandSubject(target, command), new TextEncoder().encode(JSON.stringify(data)), {});
  };
  const effects = async () =>
    (await database.query<{ note: string }>(`SELECT note FROM effects`)).rows.map(({ note }) => note);
  const note = (text: string) => async (context: TaskContext<typeof EXPIRE>) => {
    await context.step(async (tx) => {
      await tx.query(`INSERT INTO effects VALUES ($1, $2)`, [context.messageId, text]);
    });
    return undefined;
  };
  const executions = async () =>
    (
      await database.query<{ status: string; attempt: number; error: { message: string } | null }>(
        `SELECT status, attempt, error FROM vigia.executions ORDER BY id`,
      )
    ).rows;
  const eventSubjects = async () =>
    (await database.query<{ subject: string }>(`SELECT subject FROM vigia.outbox ORDER BY position`)).rows.map(
      ({ subject }) => subject,
    );
  const waitingTicks = async () => (await bus.manager.streams.info(STREAMS.ticks.name)).state.messages;
  const deadLetters = async () => (await bus.manager.streams.info(STREAMS.deadLetters.name)).state.messages;

  it("runs a task for a tick: its effect, its record, its events, and the tick is gone", async () => {
    await start({ tasks: [defineTask(EXPIRE, note("ran"))] });
    await publishTick(new Date("2026-01-01T00:00:00Z"));
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    expect(await effects()).toEqual(["ran"]);
    expect(await executions()).toEqual([{ status: "completed", attempt: 1, error: null }]);
    await eventually(async () => {
      const { state } = await bus.manager.streams.info(STREAMS.events.name, { subjects_filter: ">" });
      expect(Object.keys(state.subjects ?? {}).sort()).toEqual([
        "vigia.event.run.completed.cleanup.expire-orders",
        "vigia.event.run.started.cleanup.expire-orders",
      ]);
    });
  });

  it("does not run again for a message whose run had ended when its acknowledgement was lost", async () => {
    const task = defineTask(EXPIRE, note("ran"));
    await start({ tasks: [task] });
    const instant = new Date("2026-01-01T00:00:00Z");
    await publishTick(instant);
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    await bus.publishRaw(
      tickSubject(EXPIRE),
      new TextEncoder().encode(JSON.stringify(tickFor(EXPIRE, instant, false))),
      {
        "ce-id": tickId(EXPIRE, instant),
      },
    );
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    expect(await effects()).toEqual(["ran"]);
  });

  it("tries again after a failure, and keeps each attempt on record", async () => {
    let tries = 0;
    const task = defineTask(EXPIRE, async (context) => {
      tries += 1;
      if (tries === 1) throw new Error("not today");
      return note("second try")(context);
    });
    await start({ tasks: [task] });
    await publishTick(new Date());
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    expect(await executions()).toEqual([
      { status: "failed", attempt: 1, error: expect.objectContaining({ message: "not today" }) },
      { status: "completed", attempt: 2, error: null },
    ]);
  });

  it("keeps a tick that cannot be handled as a dead letter, and goes on with the next", async () => {
    const task = defineTask(EXPIRE, async (context) => {
      if (context.tick.scheduledAt.getUTCFullYear() === 2025) throw new PermanentError("never that year");
      return note("good")(context);
    });
    await start({ tasks: [task] });
    await bus.publishRaw(tickSubject(EXPIRE), new TextEncoder().encode("{ not json"), {});
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    await publishTick(new Date("2025-01-01T00:00:00Z"));
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    await publishTick(new Date("2026-01-01T00:00:00Z"));
    await eventually(async () => expect(await effects()).toEqual(["good"]));
    expect(await deadLetters()).toBe(2);
    const letter = await bus.manager.streams.getMessage(STREAMS.deadLetters.name, { seq: 1 });
    expect(letter?.string()).toBe("{ not json");
    expect(letter?.header.get("vigia-reason")).toMatch(/^the body is not JSON/);
    const second = await bus.manager.streams.getMessage(STREAMS.deadLetters.name, { seq: 2 });
    expect(second?.header.get("vigia-reason")).toBe("never that year");
  });

  it("carries out commands, and says in words why it rejects one", async () => {
    await start({ tasks: [defineTask(EXPIRE, note("by command"))] });
    await publishCommand("run", { task: "make-coffee" });
    await publishCommand("run", { task: "expire-orders", force: true });
    await publishCommand("explode", {});
    await publishCommand("run", { task: "expire-orders", scheduledAt: "2999-01-01T00:00:00Z" });
    await publishCommand("run", { task: "expire-orders" });
    await eventually(async () => expect(await effects()).toEqual(["by command"]));
    const { rows } = await database.query<{ reason: string }>(
      `SELECT payload->>'reason' AS reason FROM vigia.outbox WHERE subject LIKE 'vigia.event.command.rejected.%' ORDER BY position`,
    );
    expect(rows.map(({ reason }) => reason)).toEqual([
      'task: the job "cleanup" has no task "make-coffee"',
      'Unrecognized key: "force"',
      'the job "cleanup" has no command "explode"',
      "scheduledAt: must not be after the command itself",
    ]);
    await eventually(async () => {
      expect(await eventSubjects()).toEqual(
        expect.arrayContaining([
          "vigia.event.command.accepted.cleanup.run",
          "vigia.event.command.completed.cleanup.run",
        ]),
      );
    });
  });

  it("lets a task reject a command that it can't carry out", async () => {
    const resync = defineTask("chain-sync.resync", async ({ command }) => {
      throw new CommandRejectedError(`fromBlock: ${command.fromBlock} is above the head`);
    });
    await start({ tasks: [resync] }, "chain-sync");
    await publishCommand("resync", { fromBlock: 99 }, "chain-sync");
    await eventually(async () => expect(await deadLetters()).toBe(1));
    expect(await eventSubjects()).toContain("vigia.event.command.rejected.chain-sync.resync");
    expect(await executions()).toHaveLength(1);
  });

  it("hands a run over from its checkpoint when it is stopped in the middle", async () => {
    const firstStep = new Promise<void>((resolve) => {
      const interrupted = defineTask(EXPIRE, async (context) => {
        await context.step(async (tx) => {
          await tx.query(`INSERT INTO effects VALUES ($1, 'first half')`, [context.messageId]);
          await tx.checkpoint({ half: 1 });
        });
        resolve();
        await new Promise((done) => context.signal.addEventListener("abort", done, { once: true }));
        await context.step(async (tx) => {
          await tx.query(`INSERT INTO effects VALUES ($1, 'too late')`, [context.messageId]);
        });
        return undefined;
      });
      void start({ tasks: [interrupted] }).then(() => publishTick(new Date()));
    });
    await firstStep;
    await running[0]?.stop();
    const resumed: unknown[] = [];
    await start({
      tasks: [
        defineTask(EXPIRE, async (context) => {
          resumed.push(context.resumeFrom);
          return note("second half")(context);
        }),
      ],
    });
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    expect(resumed).toEqual([{ half: 1 }]);
    expect(await effects()).toEqual(["first half", "second half"]);
    expect((await executions()).map(({ status, attempt }) => [status, attempt])).toEqual([
      ["recovered", 1],
      ["completed", 1],
    ]);
  });

  it("leaves an interrupted run its checkpoint while another run of the same task is carried out", async () => {
    const instant = new Date("2026-01-01T00:00:00Z");
    const command = newMessageId();
    let commandRan = false;
    const resumed: unknown[] = [];
    const task = defineTask(EXPIRE, async ({ messageId, resumeFrom, step }) => {
      if (messageId === command) {
        await step((tx) => tx.checkpoint({ by: "command" }));
        commandRan = true;
        return undefined;
      }
      resumed.push(resumeFrom);
      await step((tx) => tx.checkpoint({ by: "tick" }));
      if (!commandRan) throw new Error("interrupted");
      return undefined;
    });
    await start({ tasks: [task] });
    await publishTick(instant);
    await eventually(() => resumed.length === 1);
    const body = new TextEncoder().encode(JSON.stringify({ task: "expire-orders" }));
    await bus.publishRaw(commandSubject("cleanup", "run"), body, { "ce-id": command });
    await eventually(async () => expect(await waitingTicks()).toBe(0), { timeoutMs: 20_000 });
    expect(commandRan).toBe(true);
    const [first, ...later] = resumed;
    expect(first).toBeUndefined();
    expect(new Set(later.map((each) => JSON.stringify(each)))).toEqual(new Set(['{"by":"tick"}']));
    expect((await database.query("SELECT * FROM vigia.checkpoints")).rows).toEqual([]);
  });

  it("refuses the step of a process whose lock was taken over", async () => {
    const outcome = new Promise<unknown>((resolve) => {
      const task = defineTask(EXPIRE, async (context) => {
        await database.query(`UPDATE vigia.job_fences SET fence = fence + 1 WHERE job = $1`, [EXPIRE]);
        try {
          return await note("by the old holder")(context);
        } catch (error) {
          resolve(error);
          throw error;
        }
      });
      void start({ tasks: [task] }).then(() => publishTick(new Date()));
    });
    expect(await outcome).toMatchObject({ name: "LockLostError" });
    expect(await effects()).toEqual([]);
  });

  it("tells no failure, and leaves the message alone, when its lock was taken over before it failed", async () => {
    let tries = 0;
    const task = defineTask(EXPIRE, async (context) => {
      tries += 1;
      if (tries > 1) return note("by the new holder")(context);
      await database.query(`UPDATE vigia.job_fences SET fence = fence + 1 WHERE job = $1`, [EXPIRE]);
      throw new PermanentError("too late to say so");
    });
    await start({ tasks: [task] });
    await publishTick(new Date());
    await eventually(async () => expect(await effects()).toEqual(["by the new holder"]), { timeoutMs: 30_000 });
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    expect((await executions()).map(({ status }) => status)).toEqual(["recovered", "completed"]);
    expect(await deadLetters()).toBe(0);
  });

  it("keeps events in the outbox while the bus is away, and tells them in order when it is back", async () => {
    await start({ tasks: [] }, "cleanup");
    await nats.kill();
    const orderId = newMessageId();
    const statuses = ["deposit_pending", "escrowed", "completed"] as const;
    for (const status of statuses) {
      const parties = { sellerId: newMessageId(), buyerId: newMessageId() };
      const at = new Date().toISOString();
      const event = orderChanged({ orderId, status, previousStatus: "created", reason: "test", at, ...parties });
      await database.transaction({ source: "cleanup" }, (tx) => tx.emit(event));
    }
    await nats.restart();
    await eventually(
      async () => {
        const { rows } = await database.query(`SELECT 1 FROM vigia.outbox WHERE relayed_at IS NULL`);
        expect(rows).toEqual([]);
      },
      { timeoutMs: 30_000 },
    );
    const seen: unknown[] = [];
    for (const seq of [1, 2, 3]) {
      const stored = await bus.manager.streams.getMessage(STREAMS.events.name, { seq });
      if (stored) seen.push(readStored(STREAMS.events.name, stored).body);
    }
    expect(seen).toEqual(statuses.map((status) => ({ ok: true, data: expect.objectContaining({ status }) })));
  });

  it("puts a dead letter back by command: it has all its tries anew, and is done once", async () => {
    let broken = true;
    const task = defineTask(EXPIRE, async (context) => {
      if (broken) throw new PermanentError("the cause is not mended");
      return note("after the replay")(context);
    });
    await start({ tasks: [task] });
    await start({ commands: (environment) => [replayDeadLetters(environment)] }, "scheduler");
    await publishTick(new Date("2026-01-01T00:00:00Z"));
    await eventually(async () => expect(await deadLetters()).toBe(1));
    await eventually(async () => expect(await waitingTicks()).toBe(0));
    const open = () => database.query(`SELECT 1 FROM vigia.dead_letters WHERE resolved_at IS NULL`);
    expect((await open()).rowCount).toBe(1);

    broken = false;
    await publishCommand("replay", { sequence: 1 }, "deadletters");
    await eventually(async () => expect(await effects()).toEqual(["after the replay"]));
    expect((await open()).rowCount).toBe(0);
    await publishCommand("replay", { sequence: 1 }, "deadletters");
    await eventually(async () => {
      const { rows } = await database.query<{ reason: string }>(
        `SELECT payload->>'reason' AS reason FROM vigia.outbox WHERE subject = 'vigia.event.command.rejected.deadletters.replay'`,
      );
      expect(rows[0]?.reason).toMatch(/^sequence: dead letter 1 was replayed already/);
    });
    expect(await effects()).toEqual(["after the replay"]);
  });

  it("makes the streams anew where the server lost them, and goes on", async () => {
    await start({ tasks: [defineTask(EXPIRE, note("ran"))] });
    for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name);
    await eventually(() => publishTick(new Date("2026-01-01T00:00:00Z")), { timeoutMs: 30_000 });
    await eventually(async () => expect(await effects()).toEqual(["ran"]), { timeoutMs: 30_000 });
  });

  it("makes a dead letter of what nobody serves, and tells the command's sender", async () => {
    await start({ components: async (environment) => [watchForStrays(environment)] }, "scheduler");
    await publishCommand("resync", { fromBlock: 1 }, "chainsync");
    await eventually(async () => expect(await deadLetters()).toBe(1));
    await eventually(async () => {
      const { rows } = await database.query<{ reason: string }>(
        `SELECT payload->>'reason' AS reason FROM vigia.outbox WHERE subject LIKE 'vigia.event.command.rejected.%'`,
      );
      expect(rows[0]?.reason).toMatch(
        /nobody serves "vigia.command.chainsync.resync"; the jobs are chain-sync, cleanup/,
      );
      expect((await bus.manager.streams.info(STREAMS.commands.name)).state.messages).toBe(0);
    });
  });

  it("says whether it is ready, and shows its metrics", async () => {
    const { port } = await start({ tasks: [defineTask(EXPIRE, note("ran"))] });
    const ask = async (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect(await (await ask("/readyz")).json()).toEqual({ ready: true, problems: [], notes: [] });
    expect((await ask("/healthz")).status).toBe(200);
    expect(await (await ask("/metrics")).text()).toContain("vigia_runs_total");
  });
});
