import { migrate } from "@vigia/database";
import { commandSubject, newMessageId, orderChanged, STREAMS, tickSubject } from "@vigia/messages";
import { defineCommand, defineConsumer, defineTask, type TaskContext } from "@vigia/runtime";
import { eventually, type ServerHandle, startPostgres } from "@vigia/testkit";
import { createGate } from "./gate.ts";
import type { ServiceScene } from "./service-scene.ts";
import { useStage } from "./stage.ts";

const EXPIRE = "cleanup.expire-orders";
const PATIENCE = { timeoutMs: 60_000, everyMs: 100 };

describe("a service whose Postgres goes away in the middle of a run", () => {
  const stage = useStage();
  let postgres: ServerHandle;
  let scene: ServiceScene;

  beforeEach(async () => {
    // A kill may take nothing that was committed.
    postgres = await startPostgres({ durable: true });
    await migrate({ url: postgres.url });
    scene = await stage.openSceneOn(postgres.url, "cleanup");
  });
  afterEach(async () => {
    await scene.close();
    await postgres.stop();
  });

  /** Runs a task of two halves, and hands back where its first try stands between them. */
  async function startInHalves() {
    const middle = createGate();
    const goOn = createGate();
    let tries = 0;
    const task = defineTask(EXPIRE, async (context) => {
      tries += 1;
      if (context.resumeFrom === undefined) await firstHalf(context);
      if (tries === 1) {
        middle.open();
        await goOn.opened;
      }
      await scene.leave(context, "second half");
      return undefined;
    });
    await scene.start({ tasks: [task] });
    await scene.publishTick(EXPIRE);
    await middle.opened;
    return { goOn: goOn.open };
  }
  const firstHalf = (context: TaskContext) =>
    context.step(async (tx) => {
      await tx.query(`INSERT INTO effects (note) VALUES ('first half')`);
      await tx.checkpoint({ half: 1 });
    });
  const statuses = async () => (await scene.executions()).map(({ status }) => status);
  const ends = async () => {
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    expect(await scene.effects()).toEqual(["first half", "second half"]);
    return statuses();
  };
  const told = async (status: string) =>
    (await scene.events()).filter((subject) => subject === `vigia.event.run.${status}.cleanup.expire-orders`).length;

  it("goes on where it was frozen", async () => {
    const { goOn } = await startInHalves();
    await postgres.pause();
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await scene.waitingTicks()).toBe(1);
    await postgres.resume();
    expect(await ends()).toEqual(["completed"]);
    expect(await scene.deadLetters()).toEqual([]);
  });

  it("has each effect once and no run left running where it was killed, and its end could not be recorded", async () => {
    const { goOn } = await startInHalves();
    await postgres.kill();
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await scene.waitingTicks()).toBe(1);
    await postgres.restart();
    expect(await ends()).toEqual(["recovered", "completed"]);
    expect([await told("started"), await told("recovered"), await told("completed")]).toEqual([2, 1, 1]);
    expect(await scene.deadLetters()).toEqual([]);
  });

  it("makes no dead letter until it can be put on record", async () => {
    await scene.start({ tasks: [defineTask(EXPIRE, async () => undefined)] });
    await postgres.kill();
    await scene.bus.publishRaw(tickSubject(EXPIRE), new TextEncoder().encode("{ not json"), {});
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await scene.bus.manager.streams.info(STREAMS.deadLetters.name)).state.messages).toBe(0);
    await postgres.restart();
    await eventually(
      async () => expect(await scene.deadLetters()).toEqual([expect.stringMatching(/not JSON/)]),
      PATIENCE,
    );
  });

  it("counts as tries of a command only what Postgres could see", async () => {
    let carriedOut = 0;
    const pause = defineCommand("scheduler.pause", async ({ tx }) => {
      carriedOut += 1;
      if (carriedOut < 4) throw new Error(`failure ${carriedOut}`);
      await tx.query(`INSERT INTO effects (note) VALUES ('paused')`);
      return undefined;
    });
    await scene.start({ commands: () => [pause] });
    await postgres.kill();
    await scene.bus.publish(commandSubject("scheduler", "pause"), { job: "cleanup" }, {});
    const deliveries = async () =>
      (await scene.bus.manager.consumers.info(STREAMS.commands.name, "scheduler-commands")).delivered.consumer_seq;
    await eventually(async () => expect(await deliveries()).toBeGreaterThanOrEqual(3), PATIENCE);
    await postgres.restart();
    await eventually(async () => expect(await scene.effects()).toEqual(["paused"]), PATIENCE);
    expect(await scene.deadLetters()).toEqual([]);
    expect((await scene.database.query(`SELECT * FROM vigia.failed_tries`)).rows).toEqual([]);
  });

  it("counts as tries of an event only what Postgres could see", async () => {
    let handled = 0;
    const consumer = defineConsumer("tries", orderChanged, async ({ tx }) => {
      handled += 1;
      if (handled === 1) throw new Error("a real failure");
      await tx.query(`INSERT INTO effects (note) VALUES ('handled')`);
    });
    const first = await scene.start({ consumers: [consumer] });
    await first.stop();
    const ids = { orderId: newMessageId(), sellerId: newMessageId(), buyerId: newMessageId() };
    const at = new Date().toISOString();
    const event = orderChanged({ ...ids, status: "expired", previousStatus: "created", reason: "test", at });
    await scene.bus.publish(event.subject, event.data, {});
    // What a long outage comes to: deliveries that are handed back, one after the other.
    const durable = await scene.bus.client.consumers.get(STREAMS.events.name, "tries");
    for (let delivery = 1; delivery <= 12; delivery += 1) (await durable.next())?.nak();
    await scene.start({ consumers: [consumer] });
    await eventually(async () => expect(await scene.effects()).toEqual(["handled"]), PATIENCE);
    expect(handled).toBe(2);
    expect(await scene.deadLetters()).toEqual([]);
  });

  it("has each effect once where it was restarted", async () => {
    const { goOn } = await startInHalves();
    await postgres.kill();
    await postgres.restart();
    goOn();
    const seen = await ends();
    expect(seen.at(-1)).toBe("completed");
    expect(seen).not.toContain("running");
  });
});
