import { connect } from "@nats-io/transport-node";
import { TASK_NAMES, type Tick, taskDefinition, tickSubject } from "@vigia/messages";
import { defineTask, startService } from "@vigia/runtime";
import { Cron } from "croner";
import type { Benchmark, Contender, Role, Scene } from "../contender.ts";
import { startServiceProcess } from "../processes.ts";
import { peersOfTicks } from "./ticks-peers.ts";

const TASK = "cleanup.expire-orders";
const EVERY_SECOND = "* * * * * *";
const NEVER = "0 0 31 12 *";
const REPLICAS = 3;
const DEFAULT_SECONDS = 20;
const ON_THE_BUS = "due, to the bus";
export const HANDLED = "due, to its handler";

/** Hands over how late each instant came, until what it resolves with is called. */
export type Ticking = (late: (ms: number, name?: string) => void) => Promise<() => Promise<unknown> | unknown>;

/** From the instant that is due to the handler's first line, an instant every second, or every minute where it must be. */
export const ticks: Benchmark = {
  unit: "ms late",
  samples: "events",
  rounds: 1,
  async prepare(scene) {
    const seconds = scene.options.seconds ?? DEFAULT_SECONDS;
    const contender = (name: string, role: Role, ticking: Ticking, everySeconds = 1): Contender => ({
      ...{ name, role },
      measure: () => collect(ticking, seconds, everySeconds),
    });
    return [
      contender("three schedulers, JetStream and a task", "ours", ours(scene)),
      contender("croner in the same process", "limit", croner),
      ...peersOfTicks(scene, contender),
    ];
  },
};

/**
 * Counts from when all is started; where instants come by the second, from the next one on: connections are made with it.
 */
async function collect(ticking: Ticking, seconds: number, everySeconds: number): Promise<Record<string, number[]>> {
  const samples: Record<string, number[]> = {};
  const wanted = Math.max(1, Math.floor(seconds / everySeconds));
  let toSkip = everySeconds > 1 ? 0 : 1;
  let isStarted = false;
  let hasEnough = () => {};
  const enough = new Promise<void>((resolve) => {
    hasEnough = resolve;
  });
  const stop = await ticking((ms, name = HANDLED) => {
    if (!isStarted) return;
    if (toSkip === 0) samples[name] = [...(samples[name] ?? []), ms];
    else if (name === HANDLED) toSkip -= 1;
    if ((samples[HANDLED]?.length ?? 0) >= wanted) hasEnough();
  });
  isStarted = true;
  await enough;
  await stop();
  return samples;
}

function ours({ servers, report }: Scene): Ticking {
  return async (late) => {
    const known = new Set<string>();
    const bus = await connect({ servers: servers.natsUrl });
    // Every replica publishes every tick; the stream takes the first.
    bus.subscribe(tickSubject(TASK), {
      callback: (_, message) => {
        const { scheduledAt } = message.json<Tick>();
        if (!known.has(scheduledAt)) late(Date.now() - Date.parse(scheduledAt), ON_THE_BUS);
        known.add(scheduledAt);
      },
    });
    const handled = new Set<string>();
    const task = defineTask(TASK, async ({ messageId, tick }) => {
      late(Date.now() - tick.scheduledAt.getTime());
      handled.add(messageId);
      return undefined;
    });
    const service = await startService("cleanup", { tasks: [task] }, servers.environment);
    const schedulers = await Promise.all(
      Array.from({ length: REPLICAS }, () =>
        startServiceProcess("scheduler", { ...servers.environment, ...everySecond() }),
      ),
    );
    return async () => {
      await Promise.all(schedulers.map((each) => each.kill("SIGTERM")));
      await service.stop();
      await bus.close();
      report(`${handled.size} instants had their run; ${known.size} came to the bus`);
    };
  };
}

/** The schedule that is measured, and none of the others. */
function everySecond(): Record<string, string> {
  const scheduled = TASK_NAMES.filter((task) => taskDefinition(task).schedule !== null);
  const variable = (task: string) => `SCHEDULE_${task.toUpperCase().replace(/[.-]/g, "_")}`;
  return {
    ...Object.fromEntries(scheduled.map((task) => [variable(task), task === TASK ? EVERY_SECOND : NEVER])),
    [`${variable(TASK)}_JITTER_SECONDS`]: "0",
  };
}

const croner: Ticking = async (late) => {
  let due: number | undefined;
  const cron = new Cron(EVERY_SECOND, () => {
    if (due !== undefined) late(Date.now() - due);
    due = cron.nextRun()?.getTime();
  });
  due = cron.nextRun()?.getTime();
  return () => cron.stop();
};
