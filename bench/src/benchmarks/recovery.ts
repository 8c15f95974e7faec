import { setTimeout as sleep } from "node:timers/promises";
import type { Benchmark, Contender, Role, Scene } from "../contender.ts";
import { bullmqQueues, jetstreamQueue, type Queue, ticksQueue } from "./recovery-queues.ts";
import { startWorker, type Worker } from "./recovery-worker-process.ts";

const ANOTHER = "killed, to its start in another process";
const RESTARTED = "killed and restarted at once, to its start there";
/** A worker is killed at any moment of this after its job began: how long ago it last said that it lives differs. */
const WORKING_MS = 3_000;
/** Kills whose recovery takes a minute run side by side, this many at a time. */
const SIDE_BY_SIDE = 10;

/** From SIGKILL in the middle of a job to the job's next start. */
export const recovery: Benchmark = {
  unit: "ms from SIGKILL to the next start",
  samples: "events",
  rounds: 1,
  async prepare(scene) {
    const { options, peers } = scene;
    const one = (name: string, role: Role, queue: Queue): Contender => ({
      ...{ name, role },
      measure: async () => ({
        [ANOTHER]: await killAndWait(scene, queue, options.kills),
        [RESTARTED]: await killAndRestart(scene, queue, options.kills),
      }),
    });
    return [
      one("task", "ours", await ticksQueue(scene)),
      one("bare JetStream, ack wait 5 s", "limit", await jetstreamQueue(scene)),
      ...(peers.wants("bullmq")
        ? [{ name: "bullmq", role: "peer" as const, measure: async () => ({ [ANOTHER]: await bullmq(scene) }) }]
        : []),
    ];
  },
};

/** Two processes wait; the one that has the job is killed, and replaced when the other has begun it. */
async function killAndWait(scene: Scene, queue: Queue, kills: number): Promise<number[]> {
  const listen = (worker: Worker) => ({ worker, begun: worker.begins() });
  const start = async () => listen(await startWorker(scene, queue.kind, [queue.name]));
  let waiting = await Promise.all([start(), start()]);
  try {
    const waits: number[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      await queue.add();
      const holder = await Promise.race(waiting.map((each) => each.begun.then(() => each)));
      const other = waiting.find((each) => each !== holder);
      if (!other) throw new Error("there are two workers");
      await sleep(Math.random() * WORKING_MS);
      const killedAtMs = performance.now();
      await holder.worker.kill();
      await other.begun;
      const waitMs = performance.now() - killedAtMs;
      waits.push(waitMs);
      scene.report(`${queue.kind}: ${kill} of ${kills} kills, another went on after ${Math.round(waitMs)} ms`);
      await other.worker.finish();
      waiting = [listen(other.worker), await start()];
    }
    return waits;
  } finally {
    await Promise.all(waiting.map(({ worker }) => worker.kill()));
  }
}

/** One process; it is killed and started again. */
async function killAndRestart(scene: Scene, queue: Queue, kills: number): Promise<number[]> {
  const start = () => startWorker(scene, queue.kind, [queue.name]);
  let worker = await start();
  try {
    const waits: number[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      const begun = worker.begins();
      await queue.add();
      await begun;
      await sleep(Math.random() * WORKING_MS);
      const killedAtMs = performance.now();
      await worker.kill();
      worker = await start();
      await worker.begins();
      const waitMs = performance.now() - killedAtMs;
      waits.push(waitMs);
      scene.report(`${queue.kind}: ${kill} of ${kills} restarts, it went on after ${Math.round(waitMs)} ms`);
      await worker.finish();
    }
    return waits;
  } finally {
    await worker.kill();
  }
}

/** Recovery takes it a minute, so that many kills run at once, each with a queue and a victim of its own. */
async function bullmq(scene: Scene): Promise<number[]> {
  const waits: number[] = [];
  while (waits.length < scene.options.kills) {
    const size = Math.min(SIDE_BY_SIDE, scene.options.kills - waits.length);
    const queues = bullmqQueues(scene, size);
    const victims = await Promise.all(queues.map(({ kind, name }) => startWorker(scene, kind, [name])));
    const begun = Promise.all(victims.map((each) => each.begins()));
    await Promise.all(queues.map((each) => each.add()));
    await begun;
    const names = queues.map(({ name }) => name);
    const survivor = await startWorker(scene, "bullmq", names);
    try {
      waits.push(
        ...(await Promise.all(
          victims.map(async (victim, index) => {
            await sleep(Math.random() * WORKING_MS);
            const killedAtMs = performance.now();
            await victim.kill();
            await survivor.begins(names[index]);
            return performance.now() - killedAtMs;
          }),
        )),
      );
    } finally {
      await Promise.all([survivor, ...victims].map((each) => each.kill()));
    }
    scene.report(`bullmq: ${waits.length} of ${scene.options.kills} kills`);
  }
  return waits;
}
