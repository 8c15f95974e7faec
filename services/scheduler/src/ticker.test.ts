import { type Database, openDatabase } from "@vigia/database";
import { STREAMS, type TaskName, tickSchema, tickSubject } from "@vigia/messages";
import { type Bus, type Component, connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import { createDatabase, eventually, type ServerHandle, startNats, type TestDatabase } from "@vigia/testkit";
import { createTracker, type Tracker } from "@vigia/tracker";
import { readFired } from "./fired.ts";
import { scheduleCommands } from "./pause.ts";
import type { Schedule } from "./schedule.ts";
import { startTicker } from "./ticker.ts";

const log = createLogger("scheduler-test", "fatal");
const SYNC: TaskName = "chain-sync.sync";
const EVERY_SECOND = [{ task: SYNC, cron: "* * * * * *", timeZone: "UTC" }];

describe("the ticker", () => {
  let nats: ServerHandle;
  let testDatabase: TestDatabase;
  let database: Database;
  let bus: Bus;
  let tracker: Tracker;
  const running: Component[] = [];

  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(async () => {
    await nats.stop();
  });
  beforeEach(async () => {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "scheduler-test" });
    bus = await connectBus({ url: nats.url, name: "scheduler-test", log });
    await ensureStreams(bus, 1, log);
    tracker = createTracker({ postgres: database, service: "scheduler" });
    await tracker.start();
  });
  afterEach(async () => {
    for (const component of running.splice(0)) await component.stop();
    await tracker.stop();
    for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name);
    await bus.close();
    await database.close();
    await testDatabase.drop();
  });

  const start = async (now = () => new Date(), schedules: readonly Schedule[] = EVERY_SECOND) => {
    const ticker = await startTicker({ bus, database, tracker, log, service: "scheduler", now }, schedules);
    running.push(ticker);
    return ticker;
  };

  /** Takes ticks off the stream, as a task would, until there are `count`. */
  async function takeTicks(count: number) {
    const ticks: string[] = [];
    while (ticks.length < count) {
      const message = await waitingTick();
      ticks.push(tickSchema.parse(message.json()).scheduledAt);
      await bus.manager.streams.deleteMessage(STREAMS.ticks.name, message.seq);
    }
    return ticks;
  }

  function waitingTick() {
    return eventually(async () => {
      const tick = await bus.manager.streams.getMessage(STREAMS.ticks.name, { last_by_subj: tickSubject(SYNC) });
      if (!tick) throw new Error("no tick waits");
      return tick;
    });
  }

  it("publishes each instant once, whatever the number of replicas", async () => {
    await Promise.all([start(), start(), start()]);
    const ticks = await takeTicks(4);
    const instants = ticks.map((tick) => new Date(tick).getTime());
    expect(instants).toEqual(instants.map((_, index) => (instants[0] ?? 0) + index * 1_000));
  });

  it("skips, on record and with a reason, while the last tick waits", async () => {
    await start();
    await eventually(async () => {
      const { rows } = await database.query<{ reason: string }>(
        `SELECT error->>'message' AS reason FROM vigia.executions WHERE status = 'skipped'`,
      );
      expect(rows.length).toBeGreaterThanOrEqual(2);
      expect(rows[0]?.reason).toBe("the tick before it still waits or runs");
    });
    const { state } = await bus.manager.streams.info(STREAMS.ticks.name);
    expect(state.messages).toBe(1);
    const { rows } = await database.query(
      `SELECT 1 FROM vigia.outbox WHERE subject = 'vigia.event.run.skipped.chain-sync.sync'`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(2);
  });

  it("catches up one tick for what was missed while no scheduler was there", async () => {
    await (await start()).stop();
    await database.query(`UPDATE vigia.schedules SET last_fired = now() - interval '1 hour'`);
    await bus.manager.streams.purge(STREAMS.ticks.name);
    const hourLater = Date.now() + 3_600_000;
    await start(() => new Date(hourLater));
    const message = await waitingTick();
    expect(tickSchema.parse(message.json())).toMatchObject({
      scheduledAt: new Date(Math.floor(hourLater / 1_000) * 1_000).toISOString(),
    });
  });

  it("stops after the schedule in hand, however many are due", async () => {
    const verify: TaskName = "chain-sync.verify";
    const schedules = [...EVERY_SECOND, { task: verify, cron: "* * * * * *", timeZone: "UTC" }];
    const began = new Date("2026-01-05T02:00:00Z");
    let now = began;
    const ticker = await start(() => now, schedules);
    let free = () => {};
    const held = database.transaction({ source: "test" }, async (tx) => {
      await tx.query(`SELECT FROM vigia.schedules WHERE task = $1 FOR UPDATE`, [SYNC]);
      now = new Date(began.getTime() + 1_000);
      await new Promise<void>((resolve) => {
        free = resolve;
      });
    });
    await waitingTick();
    const stopped = ticker.stop();
    free();
    await Promise.all([held, stopped]);
    const fired = await readFired(database);
    expect([fired.get(SYNC)?.lastFired, fired.get(verify)?.lastFired]).toEqual([now, began]);
  });

  it("publishes nothing while its schedule is paused", async () => {
    await (await start()).stop();
    await bus.manager.streams.purge(STREAMS.ticks.name);
    await database.query(`UPDATE vigia.schedules SET paused = true`);
    const before = await database.query<{ last: Date }>(`SELECT last_fired AS last FROM vigia.schedules`);
    let looks = 0;
    await start(() => {
      looks += 1;
      return new Date();
    });
    await eventually(async () => expect(looks).toBeGreaterThan(6), { timeoutMs: 15_000 });
    const after = await database.query<{ last: Date }>(`SELECT last_fired AS last FROM vigia.schedules`);
    expect(after.rows).toEqual(before.rows);
    expect((await bus.manager.streams.info(STREAMS.ticks.name)).state.messages).toBe(0);
  });

  describe("that was told to pause", () => {
    const command = (name: string, data: object) =>
      database.transaction({ source: "scheduler" }, async (tx) => {
        const environment = { bus, database, tracker, log, service: "scheduler", now: () => new Date() };
        const found = scheduleCommands(environment, EVERY_SECOND).find((each) => each.name === name);
        return found?.carryOut({ data: data as never, tx, log });
      });
    const skippedByPause = async () =>
      (
        await database.query(
          `SELECT 1 FROM vigia.executions WHERE status = 'skipped' AND error->>'message' LIKE '%the schedule was paused: night%'`,
        )
      ).rowCount;

    it("says no more until it is resumed, does not catch up, and puts on record what it left out", async () => {
      expect(await command("scheduler.pause", { job: "chain-sync", reason: "night" })).toEqual({ paused: [SYNC] });
      await start();
      const { rows } = await database.query<{ paused: boolean }>(`SELECT paused FROM vigia.schedules`);
      expect(rows).toEqual([{ paused: true }]);
      await database.query(`UPDATE vigia.schedules SET last_fired = now() - interval '1 hour'`);
      const resumedAt = Date.now();
      expect(await command("scheduler.resume", { job: "chain-sync" })).toEqual({ resumed: [SYNC] });
      const [first] = await takeTicks(1);
      expect(new Date(first ?? 0).getTime()).toBeGreaterThan(resumedAt - 1_000);
      expect(await skippedByPause()).toBe(1);
    });

    it("goes on by itself when its time has come", async () => {
      const until = new Date(Date.now() + 2_000).toISOString();
      await command("scheduler.pause", { job: "chain-sync", task: "sync", until });
      await start();
      const [first] = await takeTicks(1);
      expect(new Date(first ?? 0).getTime()).toBeGreaterThanOrEqual(new Date(until).getTime() - 1_000);
    });

    it("refuses a pause that would be over already, in words", async () => {
      const pause = command("scheduler.pause", { job: "chain-sync", until: "2020-01-01T00:00:00Z" });
      await expect(pause).rejects.toThrow("until: 2020-01-01T00:00:00Z has passed");
    });
  });
});
