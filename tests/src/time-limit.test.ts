import { defineTask, type TaskContext } from "@vigia/runtime";
import { eventually } from "@vigia/testkit";
import { createGate } from "./gate.ts";
import type { ServiceScene } from "./service-scene.ts";
import { useStage } from "./stage.ts";

const EXPIRE = "cleanup.expire-orders";
const limits = { [EXPIRE]: 1 };
const PATIENCE = { timeoutMs: 45_000, everyMs: 100 };
const OVER_LIMIT = { status: "failed", error: { message: "the run took longer than its 1 s" } };

describe("a task that fails", () => {
  const stage = useStage();
  let scene: ServiceScene;

  beforeEach(async () => {
    scene = await stage.openScene("cleanup");
  });
  afterEach(() => scene.close());

  it("is stopped by its signal when its time is over, and has failed", async () => {
    let tries = 0;
    const task = defineTask(EXPIRE, async (context) => {
      tries += 1;
      if (tries > 1) return scene.leave(context, "in time").then(() => undefined);
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve, { once: true }));
      return undefined;
    });
    await scene.start({ tasks: [task], limits });
    await scene.publishTick(EXPIRE);
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    expect(await scene.executions()).toMatchObject([OVER_LIMIT, { status: "completed", attempt: 2 }]);
    expect(await scene.effects()).toEqual(["in time"]);
  });

  it("is not waited for when it ignores its signal; it can write no more, and the service says so", async () => {
    let abandoned: TaskContext | undefined;
    const end = createGate();
    const task = defineTask(EXPIRE, async (context) => {
      if (abandoned) return scene.leave(context, "second try").then(() => undefined);
      abandoned = context;
      await end.opened;
      return undefined;
    });
    const { port } = await scene.start({ tasks: [task], limits });
    const health = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
      return { status: answer.status, ...((await answer.json()) as { problems: string[] }) };
    };
    await scene.publishTick(EXPIRE);
    await eventually(async () => expect(await scene.executions()).toMatchObject([OVER_LIMIT]), PATIENCE);
    expect(await health()).toMatchObject({
      status: 503,
      problems: [expect.stringMatching(/^cleanup.expire-orders was told to end \d+ s ago and still runs$/)],
    });
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    await expect(scene.leave(abandoned as unknown as TaskContext, "too late")).rejects.toThrow(/longer than its 1 s/);
    expect(await scene.effects()).toEqual(["second try"]);
    end.open();
    await eventually(async () => expect(await health()).toMatchObject({ status: 200, problems: [] }));
  });

  it("undoes the step that it is in when it is given up", async () => {
    const end = createGate();
    let step: Promise<unknown> | undefined;
    const task = defineTask(EXPIRE, async (context) => {
      step ??= context
        .step(async (tx) => {
          await tx.query(`INSERT INTO effects (note) VALUES ('of a run that is over')`);
          await end.opened;
        })
        .catch((error: unknown) => error);
      await step;
      return undefined;
    });
    await scene.start({ tasks: [task], limits });
    await scene.publishTick(EXPIRE);
    await eventually(async () => expect(await scene.executions()).toMatchObject([OVER_LIMIT]), PATIENCE);
    end.open();
    expect(await step).toMatchObject({ name: "LockLostError", message: expect.stringMatching(/is over/) });
    expect(await scene.effects()).toEqual([]);
  });

  it("is a dead letter with its last error after five failures", async () => {
    let tries = 0;
    const task = defineTask(EXPIRE, async () => {
      tries += 1;
      throw new Error(`failure ${tries}`);
    });
    await scene.start({ tasks: [task] });
    await scene.publishTick(EXPIRE);
    await eventually(async () => expect(await scene.deadLetters()).toEqual(["failure 5"]), PATIENCE);
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    expect(await scene.executions()).toMatchObject(
      [1, 2, 3, 4, 5].map((attempt) => ({ status: "failed", attempt, error: { message: `failure ${attempt}` } })),
    );
  });

  it("neither completes nor acknowledges when its lock was taken over before it returned", async () => {
    let tries = 0;
    const begun = createGate();
    const end = createGate();
    const task = defineTask(EXPIRE, async (context) => {
      tries += 1;
      if (tries === 1) {
        await scene.database.query(`UPDATE vigia.job_fences SET fence = fence + 1 WHERE job = $1`, [EXPIRE]);
        return undefined;
      }
      begun.open();
      await end.opened;
      return scene.leave(context, "by the new holder").then(() => undefined);
    });
    await scene.start({ tasks: [task] });
    await scene.publishTick(EXPIRE);
    await begun.opened;
    expect(await scene.waitingTicks()).toBe(1);
    expect((await scene.executions()).map(({ status }) => status)).toEqual(["recovered", "running"]);
    end.open();
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
    expect(await scene.effects()).toEqual(["by the new holder"]);
  });
});
