import { type Database, openDatabase } from "@vigia/database";
import { STREAMS, type TaskName, tickFor, tickId, tickSchema, tickSubject } from "@vigia/messages";
import { type Bus, type Component, connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import { createDatabase, eventually, type ServerHandle, startNats, type TestDatabase } from "@vigia/testkit";
import { createTracker, type Tracker } from "@vigia/tracker";
import type { TickEnvironment } from "./announced-tick.ts";
import { type Clock, createDatabaseClock } from "./clock.ts";
import { readFired } from "./fired.ts";
import { scheduleCommands } from "./pause.ts";
import type { Schedule } from "./schedule.ts";
import { startTicker } from "./ticker.ts";

const log = createLogger("scheduler-test", "fatal");
const SYNC: TaskName = "chain-sync.sync";
const EVERY_SECOND = [{ task: SYNC, cron: "* * * * * *", timeZone: "UTC" }];

/** What is not faked where the process's clock alone is. */
const ALL_BUT_DATE = [
  ...(["hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate", "clearImmediate"] as const),
  ...(["setInterval", "clearInterval", "setTimeout", "clearTimeout"] as const),
];

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

  const environment = () => ({
    bus,
    database,
    tracker,
    log,
    service: "scheduler",
    clock: createDatabaseClock(database),
  });

  const start = async (schedules: readonly Schedule[] = EVERY_SECOND, changed: Partial<TickEnvironment> = {}) => {
    const ticker = await startTicker({ ...environment(), ...changed }, schedules);
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

  const skipReasons = async () =>
    (
      await database.query<{ reason: string }>(
        `SELECT error->>'message' AS reason FROM vigia.executions WHERE status = 'skipped' ORDER BY id`,
      )
    ).rows.map(({ reason }) => reason);

  it("publishes each instant once, whatever the number of replicas", async () => {
    await Promise.all([start(), start(), start()]);
    const ticks = await takeTicks(4);
    const instants = ticks.map((tick) => new Date(tick).getTime());
    expect(instants).toEqual(instants.map((_, index) => (instants[0] ?? 0) + index * 1_000));
  });

  it("skips, on record and with a reason, while the last tick waits", async () => {
    await start();
    await eventually(async () => {
      const reasons = await skipReasons();
      expect(reasons.length).toBeGreaterThanOrEqual(2);
      expect(reasons[0]).toBe("the tick before it still waits or runs");
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
    await database.query(`UPDATE vigia.schedules SET last_fired = now() - interval '1 hour', announced = NULL`);
    await bus.manager.streams.purge(STREAMS.ticks.name);
    const startedAt = Date.now();
    await start();
    const { scheduledAt } = tickSchema.parse((await waitingTick()).json());
    expect(Date.parse(scheduledAt)).toBeGreaterThan(startedAt - 1_000);
    const skips = await eventually(async () => {
      const found = await skipReasons();
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    expect(skips[0]).toMatch(/^999 or more instants .* no scheduler was there, and one tick, of .*, stands for all$/);
  });

  it("goes by the database's clock, wherever the process's own is set to", async () => {
    const real = Date.now();
    jest.useFakeTimers({ now: real + 3_600_000, doNotFake: ALL_BUT_DATE });
    try {
      await start();
      const [tick] = await takeTicks(1);
      expect(Math.abs(Date.parse(tick ?? "") - real)).toBeLessThan(600_000);
    } finally {
      jest.useRealTimers();
    }
  });

  it("publishes again what was announced and may have gone out, before it looks at later instants", async () => {
    const at = new Date("2026-03-01T10:00:00Z");
    await database.query(`INSERT INTO vigia.schedules (task, cron, last_fired, announced) VALUES ($1, '', $2, $3)`, [
      SYNC,
      new Date(at.getTime() - 60_000),
      at,
    ]);
    await start([{ task: SYNC, cron: "* * * * *", timeZone: "UTC" }]);
    expect(await takeTicks(1)).toEqual([at.toISOString()]);
    await eventually(async () => {
      const [skip] = await skipReasons();
      expect(skip).toContain("instants from 2026-03-01T10:01:00.000Z to ");
    });
  });

  describe("whose tick was refused", () => {
    const FIRST = new Date("2026-03-01T10:00:00Z");
    const publish = (at: Date) =>
      bus.publish(tickSubject(SYNC), tickFor(SYNC, at, false), { "Nats-Msg-Id": tickId(SYNC, at) });
    const announced = (at: Date) =>
      database.query(`INSERT INTO vigia.schedules (task, cron, last_fired, announced) VALUES ($1, '', $2, $3)`, [
        SYNC,
        new Date(at.getTime() - 1_000),
        at,
      ]);
    const ONCE_A_YEAR = [{ task: SYNC, cron: "0 0 1 1 *", timeZone: "UTC" }];

    it("puts no skip on record where another's was taken, and its run began", async () => {
      await announced(FIRST);
      await publish(new Date(0));
      let refused = () => {};
      const meanwhile = new Promise<void>((resolve) => {
        refused = resolve;
      });
      const late = {
        ...bus,
        publish: async (...message: Parameters<Bus["publish"]>) => {
          const outcome = await bus.publish(...message);
          expect(outcome).toBe("refused");
          await tracker.startJob(SYNC, "run-1", { messageId: tickId(SYNC, FIRST) });
          refused();
          return outcome;
        },
      };
      await start(ONCE_A_YEAR, { bus: late });
      await meanwhile;
      await eventually(async () => expect((await readFired(database)).get(SYNC)?.lastFired).toEqual(FIRST));
      expect(await skipReasons()).toEqual([]);
    });

    it("takes it for published where it is itself what waits, however long ago that was", async () => {
      await bus.manager.streams.update(STREAMS.ticks.name, { duplicate_window: 100_000_000 });
      await publish(FIRST);
      await eventually(async () => expect(await publish(FIRST)).toBe("refused"));
      await announced(FIRST);
      await start(ONCE_A_YEAR);
      await eventually(async () => expect((await readFired(database)).get(SYNC)?.lastFired).toEqual(FIRST));
      expect(await skipReasons()).toEqual([]);
    });
  });

  describe("whose misfires all have their ticks", () => {
    const ALL = [{ task: SYNC, cron: "* * * * * *", timeZone: "UTC", misfire: "all" }] as const;

    it("sends each missed instant's in its turn, by any number of replicas and through a restart", async () => {
      await (await start()).stop();
      await bus.manager.streams.purge(STREAMS.ticks.name);
      await database.query(`UPDATE vigia.schedules SET announced = NULL, last_fired = now() - interval '1 minute'`);
      const from = (await readFired(database)).get(SYNC)?.lastFired.getTime() ?? 0;
      const first = Math.floor(from / 1_000) * 1_000 + 1_000;
      const skipsBefore = await skipReasons();
      const replicas = await Promise.all([start(ALL), start(ALL)]);
      const early = await takeTicks(4);
      await Promise.all(replicas.map((replica) => replica.stop()));
      await start(ALL);
      const ticks = [...early, ...(await takeTicks(4))];
      expect(ticks).toEqual(ticks.map((_, index) => new Date(first + index * 1_000).toISOString()));
      expect(await skipReasons()).toEqual(skipsBefore);
    });

    it("lets one wait for the tick before it no longer than its window, and not while the schedule is paused", async () => {
      let now = Date.parse("2026-01-05T02:00:00Z");
      const clock: Clock = { now: () => new Date(now), measure: async () => {} };
      const minutely = [{ ...ALL[0], cron: "* * * * *", catchUpWindowSeconds: 600 }];
      const announced = () =>
        eventually(async () => {
          const found = (await readFired(database)).get(SYNC)?.announced;
          expect(found).not.toBeNull();
          return found;
        });
      const tries = jest.spyOn(bus, "publish");
      await start(minutely, { clock });
      now += 60_000;
      const tick = await waitingTick();
      now += 60_000;
      const second = new Date(now);
      await eventually(async () => expect(await announced()).toEqual(second));
      const tried = tries.mock.calls.length;
      await eventually(() => expect(tries.mock.calls.length).toBeGreaterThan(tried + 2));
      expect(await skipReasons()).toEqual([]);
      now += 601_000;
      await eventually(async () => expect(await skipReasons()).toEqual(["the tick before it still waits or runs"]));
      await announced();
      await database.query(`UPDATE vigia.schedules SET paused = true`);
      await eventually(async () => expect(await skipReasons()).toHaveLength(2));
      expect((await waitingTick()).seq).toBe(tick.seq);
    });
  });

  it("stops after the ticks in hand, which are noted", async () => {
    const began = Date.parse("2026-01-05T02:00:00Z");
    let now = began;
    const clock: Clock = { now: () => new Date(now), measure: async () => {} };
    const ticker = await start(EVERY_SECOND, { clock });
    now = began + 950;
    await eventually(async () => expect((await readFired(database)).get(SYNC)?.announced).not.toBeNull());
    let free = () => {};
    const held = database.transaction({ source: "test" }, async (tx) => {
      await tx.query(`SELECT FROM vigia.schedules WHERE task = $1 FOR UPDATE`, [SYNC]);
      now = began + 1_000;
      await new Promise<void>((resolve) => {
        free = resolve;
      });
    });
    await waitingTick();
    let isStopped = false;
    const stopped = ticker.stop().then(() => {
      isStopped = true;
    });
    // A stop that waits for nothing is over before Postgres has answered once.
    await database.query("SELECT");
    expect(isStopped).toBe(false);
    free();
    await Promise.all([held, stopped]);
    const fired = await readFired(database);
    expect(fired.get(SYNC)).toMatchObject({ lastFired: new Date(now), announced: null });
  });

  it("publishes nothing while its schedule is paused", async () => {
    await (await start()).stop();
    await bus.manager.streams.purge(STREAMS.ticks.name);
    await database.query(`UPDATE vigia.schedules SET paused = true`);
    const before = await database.query<{ last: Date }>(`SELECT last_fired AS last FROM vigia.schedules`);
    const clock = createDatabaseClock(database);
    let looks = 0;
    const measure = async () => {
      looks += 1;
      await clock.measure();
    };
    await start(EVERY_SECOND, { clock: { ...clock, measure } });
    await eventually(async () => expect(looks).toBeGreaterThan(3), { timeoutMs: 15_000 });
    const after = await database.query<{ last: Date }>(`SELECT last_fired AS last FROM vigia.schedules`);
    expect(after.rows).toEqual(before.rows);
    expect((await bus.manager.streams.info(STREAMS.ticks.name)).state.messages).toBe(0);
  });

  describe("that was told to pause", () => {
    const command = (name: string, data: object, schedules: readonly Schedule[] = EVERY_SECOND) =>
      database.transaction({ source: "scheduler" }, async (tx) => {
        const found = scheduleCommands(environment(), schedules).find((each) => each.name === name);
        return found?.carryOut({ commandId: "c", data: data as never, tx, log });
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

    it("says when it is due next: from its start on, after a change of it, and after a pause", async () => {
      const nextYear = Date.UTC(new Date().getUTCFullYear() + 1, 0, 1);
      const nextDue = async () =>
        (await database.query<{ at: Date | null }>(`SELECT next_due AS at FROM vigia.schedules`)).rows[0]?.at;
      await (await start([{ task: SYNC, cron: "0 0 1 1 *", timeZone: "UTC" }])).stop();
      expect(await nextDue()).toEqual(new Date(nextYear));
      const changed = [{ task: SYNC, cron: "1 0 0 1 1 *", timeZone: "UTC" }];
      await (await start(changed)).stop();
      expect(await nextDue()).toEqual(new Date(nextYear + 1_000));
      await command("scheduler.pause", { job: "chain-sync" }, changed);
      expect(await nextDue()).toBeNull();
      await command("scheduler.resume", { job: "chain-sync" }, changed);
      expect(await nextDue()).toEqual(new Date(nextYear + 1_000));
    });

    it("refuses a pause that would be over already, in words", async () => {
      const pause = command("scheduler.pause", { job: "chain-sync", until: "2020-01-01T00:00:00Z" });
      await expect(pause).rejects.toThrow("until: 2020-01-01T00:00:00Z has passed");
    });
  });
});
