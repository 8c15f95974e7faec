import { defineTask } from "@vigia/runtime";
import { eventually } from "@vigia/testkit";
import { createGate } from "./gate.ts";
import type { ServiceScene } from "./service-scene.ts";
import { useStage } from "./stage.ts";

const EXPIRE = "cleanup.expire-orders";
const PATIENCE = { timeoutMs: 30_000 };

describe("two processes of a service whose Redis goes away in the middle of a run", () => {
  const stage = useStage();
  let scene: ServiceScene;

  beforeEach(async () => {
    scene = await stage.openScene("cleanup");
  });
  afterEach(() => scene.close());

  const told = async (status: string) =>
    (await scene.events()).filter((subject) => subject === `vigia.event.tracker.${status}`).length;
  const run = async () => {
    await scene.publishTick(EXPIRE);
    await eventually(async () => expect(await scene.waitingTicks()).toBe(0), PATIENCE);
  };

  it.each([
    ["is killed", () => stage.redis.kill(), () => stage.redis.restart()],
    ["hangs", () => stage.redis.pause(), () => stage.redis.resume()],
  ])("go on while it %s, each tells once that it went and once that it came back", async (_, harm, mend) => {
    const middle = createGate();
    const goOn = createGate();
    const task = defineTask(EXPIRE, async (context) => {
      await scene.leave(context, "first half");
      middle.open();
      await goOn.opened;
      await scene.leave(context, "second half");
      return undefined;
    });
    await scene.start({ tasks: [task] });
    await scene.start({ tasks: [task] });
    const running = run();
    await middle.opened;
    await harm();
    await eventually(async () => expect(await told("degraded")).toBe(2), PATIENCE);
    goOn.open();
    await running;
    await run();
    await mend();
    await eventually(async () => expect(await told("restored")).toBe(2), PATIENCE);
    await run();
    expect([await told("degraded"), await told("restored")]).toEqual([2, 2]);
    expect((await scene.executions()).map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
    const halves = ["first half", "second half"];
    expect(await scene.effects()).toEqual([...halves, ...halves, ...halves]);
  });
});
