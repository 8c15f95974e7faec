import { type Database, lockMessage, openDatabase } from "@vigia/database";
import { commandSubject, STREAMS, tickFor, tickId, tickSubject } from "@vigia/messages";
import { type Bus, connectBus, createLogger, defineTask, type RunningService, startService } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { scheduler } from "./service.ts";

const EXPIRE = "cleanup.expire-orders";
const log = createLogger("scheduler-test", "fatal");

describe("the scheduler and its commands", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let home: TestDatabase;
  let database: Database;
  let bus: Bus;
  let service: RunningService | undefined;

  beforeAll(async () => {
    [nats, redis] = await Promise.all([startNats(), startRedis()]);
  });
  afterAll(() => Promise.all([nats.stop(), redis.stop()]));
  beforeEach(async () => {
    home = await createDatabase();
    database = await openDatabase({ url: home.url, applicationName: "scheduler-test" });
    bus = await connectBus({ url: nats.url, name: "scheduler-test", log });
    await start();
  });
  afterEach(async () => {
    await service?.stop();
    for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name);
    await bus.close();
    await database.close();
    await home.drop();
  });

  const places = () => ({
    ...{ DATABASE_URL: home.url, REDIS_URL: redis.url, NATS_URL: nats.url, HTTP_PORT: "0", LOG_LEVEL: "fatal" },
  });

  async function start() {
    service = await startService("scheduler", scheduler, {
      ...places(),
      SCHEDULE_CHAIN_SYNC_SYNC: "* * * * * *",
      SCHEDULE_CHAIN_SYNC_VERIFY_TIME_ZONE: "Europe/Madrid",
    });
  }

  const command = (name: string, data: object, target = "scheduler") =>
    bus.publish(commandSubject(target, name), data, {});

  const runs = async () =>
    (
      await database.query<{ executionId: string; status: string; error: { message: string } | null }>(
        `SELECT execution_id AS "executionId", status, error FROM vigia.executions WHERE service = 'cleanup' ORDER BY id`,
      )
    ).rows;

  const publishTick = async (at: Date) => {
    const id = tickId(EXPIRE, at);
    await bus.publish(tickSubject(EXPIRE), tickFor(EXPIRE, at, false), { "ce-id": id });
  };

  /** No tick of the task waits or is worked on. */
  const ticksAreDone = () =>
    eventually(async () => {
      const { state } = await bus.manager.streams.info(STREAMS.ticks.name, { subjects_filter: tickSubject(EXPIRE) });
      expect(state.subjects ?? {}).toEqual({});
    });

  /** Waits until as many commands have ended, and gives how each did. */
  const ends = (count: number) =>
    eventually(async () => {
      const { rows } = await database.query<{ status: string; reason: string | null; result: unknown }>(
        `SELECT payload->>'status' AS status, payload->>'reason' AS reason, payload->'result' AS result
           FROM vigia.outbox WHERE subject ~ '^vigia.event.command.(completed|rejected|failed)' ORDER BY position`,
      );
      expect(rows).toHaveLength(count);
      return rows;
    });

  const schedule = async (task: string) =>
    (
      await database.query<{
        paused: boolean;
        until: Date | null;
        reason: string | null;
        lastFired: Date;
        timeZone: string;
      }>(
        `SELECT paused, paused_until AS until, pause_reason AS reason, last_fired AS "lastFired",
                time_zone AS "timeZone"
           FROM vigia.schedules WHERE task = $1`,
        [task],
      )
    ).rows[0];

  /** Those of ten instants or more. */
  const longSkips = async () =>
    (
      await database.query<{ reason: string }>(
        `SELECT error->>'message' AS reason FROM vigia.executions WHERE status = 'skipped' ORDER BY id`,
      )
    ).rows
      .map(({ reason }) => reason)
      .filter((reason) => /^\d\d+ instants/.test(reason));

  it("pause a schedule across a restart, and resume it without catching up", async () => {
    await command("pause", { job: "chain-sync", task: "sync", reason: "maintenance" });
    expect(await ends(1)).toEqual([{ status: "completed", reason: null, result: { paused: ["chain-sync.sync"] } }]);
    expect(await schedule("chain-sync.sync")).toMatchObject({
      ...{ paused: true, until: null, reason: "maintenance", timeZone: "UTC" },
    });
    expect(await schedule("chain-sync.verify")).toMatchObject({ paused: false, timeZone: "Europe/Madrid" });

    await service?.stop();
    await start();
    await database.query(
      `UPDATE vigia.schedules SET last_fired = date_trunc('second', now()) - interval '1 minute'
        WHERE task = 'chain-sync.sync'`,
    );
    await bus.manager.streams.purge(STREAMS.ticks.name);
    const resumedAt = Date.now();
    await command("resume", { job: "chain-sync" });
    expect((await ends(2))[1]).toMatchObject({ status: "completed", result: { resumed: ["chain-sync.sync"] } });
    expect((await schedule("chain-sync.sync"))?.paused).toBe(false);
    const tick = await eventually(async () => {
      const found = await bus.manager.streams.getMessage(STREAMS.ticks.name, {
        last_by_subj: "vigia.tick.chain-sync.sync",
      });
      return found ?? false;
    });
    if (!tick) throw new Error("no tick");
    const { scheduledAt, catchUp } = tick.json<{ scheduledAt: string; catchUp: boolean }>();
    expect(new Date(scheduledAt).getTime()).toBeGreaterThan(resumedAt - 1_000);
    expect(catchUp).toBe(false);
    // What is put on record with a tick commits with the note that it was published.
    await eventually(async () =>
      expect((await schedule("chain-sync.sync"))?.lastFired.getTime()).toBeGreaterThanOrEqual(Date.parse(scheduledAt)),
    );
    expect(await longSkips()).toEqual([
      expect.stringMatching(/^6\d instants from .* to .* were skipped: the schedule was paused: maintenance$/),
    ]);
  });

  it("end a pause by themselves when its time has come", async () => {
    const until = new Date(Date.now() + 2_000);
    await command("pause", { job: "chain-sync", until: until.toISOString() });
    expect(await ends(1)).toMatchObject([
      {
        result: {
          paused: ["chain-sync.sync", "chain-sync.verify", "chain-sync.reconcile"],
          until: until.toISOString(),
        },
      },
    ]);
    await eventually(async () => expect(await schedule("chain-sync.verify")).toMatchObject({ paused: false }));
    expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
    expect(await schedule("chain-sync.sync")).toMatchObject({ paused: false, until: null, reason: null });
  });

  it("are rejected in words where they are impossible", async () => {
    const past = "2020-01-01T00:00:00.000Z";
    await command("pause", { job: "chain-sync", until: past });
    await command("pause", { job: "nobody" });
    await command("resume", { job: "cleanup", task: "fly" });
    const reasons = (await ends(3)).map(({ status, reason }) => `${status}: ${reason}`);
    expect(reasons).toEqual([
      expect.stringContaining(`rejected: until: ${past} has passed`),
      expect.stringContaining('rejected: job: there is no job "nobody"'),
      'rejected: task: the job "cleanup" has no task "fly"',
    ]);
    expect(await schedule("chain-sync.sync")).toMatchObject({ paused: false });
    const letters = await database.query(`SELECT 1 FROM vigia.dead_letters WHERE consumer = 'scheduler-commands'`);
    expect(letters.rowCount).toBe(3);
  });

  it("run no tick that is put on record as skipped while its run begins", async () => {
    const at = new Date("2026-01-01T00:00:00Z");
    const id = tickId(EXPIRE, at);
    let begun = 0;
    const run = defineTask(EXPIRE, async () => {
      begun += 1;
      return undefined;
    });
    const cleanup = await startService("cleanup", { tasks: [run] }, places());
    await database.transaction({ source: "test" }, async (tx) => {
      await lockMessage(tx, id);
      await publishTick(at);
      await eventually(async () => {
        const { rowCount } = await tx.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
        expect(rowCount).toBe(1);
      });
      await tx.query(
        `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, attempt, instance, message_id)
         VALUES ($1, $2, 'scheduler', 'skipped', now(), now(), 1, 'test', $1)`,
        [id, EXPIRE],
      );
    });
    await ticksAreDone();
    await cleanup.stop();
    expect(begun).toBe(0);
  });

  it("end a run that is under way, on record with the command and its reason, and nothing takes it up again", async () => {
    let begun = () => {};
    const isUnderWay = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const waits = defineTask(EXPIRE, async ({ step, signal, processed }) => {
      await step((tx) => tx.checkpoint({ page: 1 }));
      processed(7);
      begun();
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      return undefined;
    });
    const cleanup = await startService("cleanup", { tasks: [waits] }, places());
    const at = new Date("2026-01-01T00:00:00Z");
    await publishTick(at);
    await isUnderWay;
    const executionId = (await runs())[0]?.executionId ?? "";
    await command("cancel", { executionId, reason: "the wrong day" }, "runs");
    expect(await ends(1)).toMatchObject([{ status: "completed", result: { task: EXPIRE, executionId } }]);
    await ticksAreDone();
    const error = { message: expect.stringMatching(/^cancelled by command .+: the wrong day$/) };
    expect(await runs()).toEqual([{ executionId, status: "cancelled", error }]);
    const left = await database.query(
      `SELECT payload->'itemsProcessed' AS items, (SELECT count(*) FROM vigia.checkpoints) AS checkpoints
         FROM vigia.outbox WHERE subject = 'vigia.event.run.cancelled.${EXPIRE}'`,
    );
    expect(left.rows).toEqual([{ items: 7, checkpoints: 0 }]);

    await command("cancel", { executionId }, "runs");
    await command("cancel", { executionId: "nobody's" }, "runs");
    expect((await ends(3)).slice(1)).toMatchObject([
      { status: "rejected", reason: `executionId: that run of ${EXPIRE} is over; it is cancelled` },
      { status: "rejected", reason: 'executionId: no run has the id "nobody\'s"' },
    ]);
    // The tick once more, as when its acknowledgement was lost.
    await publishTick(at);
    await ticksAreDone();
    expect(await runs()).toHaveLength(1);
    await cleanup.stop();
  });

  it("end what is taken up again after the process died that was told to end it", async () => {
    let begun = 0;
    const task = defineTask(EXPIRE, async () => {
      begun += 1;
      return undefined;
    });
    const at = new Date("2026-01-01T00:00:00Z");
    await database.query(
      "INSERT INTO vigia.cancellations (message_id, execution_id, command_id) VALUES ($1, 'of the dead', 'c')",
      [tickId(EXPIRE, at)],
    );
    const cleanup = await startService("cleanup", { tasks: [task] }, places());
    await publishTick(at);
    await ticksAreDone();
    await cleanup.stop();
    expect(await runs()).toMatchObject([{ status: "cancelled", error: { message: "cancelled by command c" } }]);
    expect(begun).toBe(0);
  });

  it("make up for the instants of a past range whose runs did not complete, each with its own time", async () => {
    const seen: string[] = [];
    const task = defineTask(EXPIRE, async ({ tick: { scheduledAt, catchUp } }) => {
      seen.push(`${scheduledAt.toISOString()} ${catchUp}`);
      return undefined;
    });
    const cleanup = await startService("cleanup", { tasks: [task] }, places());
    await publishTick(new Date("2026-01-01T11:00:00Z"));
    await ticksAreDone();
    seen.length = 0;
    const range = { job: "cleanup", task: "expire-orders", from: "2026-01-01T10:00:00Z", to: "2026-01-01T12:30:00Z" };
    await command("backfill", range);
    const [backfill] = await eventually(async () => {
      const all = await ends(3);
      return all.filter(({ result }) => result !== null);
    });
    expect(backfill).toMatchObject({ status: "completed", result: { task: EXPIRE, instants: 3, runs: 2 } });
    expect(seen).toEqual(["2026-01-01T10:00:00.000Z true", "2026-01-01T12:00:00.000Z true"]);
    await cleanup.stop();

    await command("backfill", { ...range, to: "2999-01-01T00:00:00Z" });
    await command("backfill", { ...range, to: "2026-02-01T00:00:00Z" });
    const reasons = (await ends(5)).slice(3).map(({ status, reason }) => `${status}: ${reason}`);
    expect(reasons).toEqual([
      expect.stringMatching(/^rejected: to: .* is yet to come/),
      "rejected: to: over 200 instants lie between; ask for them in parts",
    ]);
  });
});
