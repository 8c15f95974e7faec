import { handleOnce } from "@vigia/database";
import { tickId } from "@vigia/messages";
import { eventually } from "@vigia/testkit";
import { createGate } from "./gate.ts";
import { type ServiceProcess, startProgram } from "./service-process.ts";
import { type Stage, useStage } from "./stage.ts";

const EXPIRE = "cleanup.expire-orders";
/** A lease is 10 s, and each process takes some to start. */
const PATIENCE = { timeoutMs: 45_000, everyMs: 50 };

describe("a process that was paused past its lease in the middle of a run", () => {
  const stage = useStage();
  let scene: Awaited<ReturnType<Stage["openScene"]>>;
  let processes: ServiceProcess[] = [];

  beforeEach(async () => {
    scene = await stage.openScene("cleanup");
  });
  afterEach(async () => {
    for (const process of processes) process.kill("SIGKILL");
    await Promise.all(processes.map(({ ended }) => ended));
    processes = [];
    await scene.close();
  });

  /** Holds up whoever comes to this gate, until it is opened. */
  async function closeGate(number: number) {
    const closed = createGate();
    const opening = createGate();
    const held = scene.database.transaction({ source: "test" }, async (tx) => {
      await tx.query("SET LOCAL idle_in_transaction_session_timeout = 0");
      await tx.query("SELECT pg_advisory_xact_lock($1::bigint)", [number]);
      closed.open();
      await opening.opened;
    });
    await closed.opened;
    return async () => {
      opening.open();
      await held;
    };
  }

  async function start(name: string, gate: number, endsWith: string) {
    const started = startProgram("tests/dist/gated-service.js", {
      ...{ DATABASE_URL: scene.databaseUrl, REDIS_URL: stage.redis.url, NATS_URL: stage.nats.url },
      ...{ PROCESS_NAME: name, GATE: String(gate), ENDS_WITH: endsWith },
    });
    processes.push(started);
    await eventually(() => expect(started.output()).toContain('"msg":"started"'), PATIENCE);
    return started;
  }
  const isAtItsGate = async () => {
    const { rows } = await scene.database.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
    return rows.length > 0;
  };
  const statuses = async () => (await scene.executions()).map(({ status }) => status);

  it.each([
    "a step",
    "its return",
  ])("writes, completes and acknowledges nothing when it goes on with %s", async (end) => {
    const [openFirst, openSecond] = [await closeGate(1), await closeGate(2)];
    const first = await start("first", 1, end);
    await scene.publishTick(EXPIRE);
    await eventually(isAtItsGate, PATIENCE);
    first.kill("SIGSTOP");
    await openFirst();
    await start("second", 2, end);
    await eventually(async () => expect(await scene.effects()).toEqual(["first began", "second began"]), PATIENCE);

    first.kill("SIGCONT");
    await eventually(() => expect(first.output()).toMatch(/run (interrupted|completed|failed)/), PATIENCE);
    first.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    expect(first.output()).not.toMatch(/run (completed|failed)/);
    expect(await scene.waitingTicks()).toBe(1);
    expect(await statuses()).toEqual(["recovered", "running"]);

    await openSecond();
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    expect(await statuses()).toEqual(["recovered", "completed"]);
    const seen = ["first began", "second began", ...(end === "a step" ? ["second ended"] : [])];
    expect(await scene.effects()).toEqual(seen);
  });

  it("exits at once at a second signal, though a step of its run still waits", async () => {
    const openFirst = await closeGate(1);
    const first = await start("first", 1, "the step that it is in");
    await scene.publishTick(EXPIRE);
    await eventually(isAtItsGate, PATIENCE);
    first.kill("SIGTERM");
    await eventually(() => expect(first.output()).toContain('"msg":"stopping"'), PATIENCE);
    first.kill("SIGTERM");
    expect(await first.ended).toBe(1);
    expect(first.output()).not.toMatch(/"msg":"stopped|is waited for no longer/);
    await openFirst();
  });

  it("keeps nobody from the job with the transaction that it was in, and what it wrote there is undone", async () => {
    const [openFirst, openSecond] = [await closeGate(1), await closeGate(2)];
    const first = await start("first", 1, "the step that it is in");
    await scene.publishTick(EXPIRE);
    await eventually(isAtItsGate, PATIENCE);
    first.kill("SIGSTOP");
    await openFirst();
    await start("second", 2, "a step");
    await eventually(async () => expect(await scene.effects()).toEqual(["second began"]), PATIENCE);

    first.kill("SIGCONT");
    await eventually(() => expect(first.output()).toMatch(/run (interrupted|completed|failed)/), PATIENCE);
    first.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    expect(await scene.waitingTicks()).toBe(1);
    expect(await statuses()).toEqual(["recovered", "running"]);
    await openSecond();
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    expect(await scene.effects()).toEqual(["second began", "second ended"]);
  });

  it("does not run for a message whose run ended while it waited for the lock", async () => {
    const openGate = await closeGate(1);
    await start("late", 1, "a step");
    const scheduledAt = new Date();
    await scene.database.query("INSERT INTO vigia.job_fences (job, fence) VALUES ($1, 1)", [EXPIRE]);
    await scene.database.transaction({ source: "test" }, async (tx) => {
      // As the last transaction of a holder whose acknowledgement will be lost; taking the lock waits for it.
      await tx.query("SELECT fence FROM vigia.job_fences WHERE job = $1 FOR SHARE", [EXPIRE]);
      await scene.publishTick(EXPIRE, scheduledAt);
      await eventually(async () => {
        const { rows } = await scene.database.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%job_fences%'
              AND datname = current_database()`,
        );
        expect(rows).toHaveLength(1);
      }, PATIENCE);
      await handleOnce(tx, EXPIRE, tickId(EXPIRE, scheduledAt));
    });
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    expect([await scene.effects(), await scene.executions()]).toEqual([[], []]);
    await openGate();
  });
});
