import { join } from "node:path";
import type { Scene } from "../contender.ts";
import { startProgram } from "../processes.ts";
import type { WorkerKind, WorkerMessage } from "./recovery-worker.ts";

/** A process that takes jobs, one at a time of each queue, and works on each until it is told to finish. */
export interface Worker {
  /** Resolves when it begins a job, of this queue if one is named, or has begun one that nobody asked for yet. */
  begins(queue?: string): Promise<void>;
  /** Lets the job in hand end; resolves when that is confirmed. */
  finish(): Promise<void>;
  kill(): Promise<void>;
}

const PROGRAM = join("bench", "dist", "benchmarks", "recovery-worker.js");

/** Starts one, and waits until it takes jobs. */
export async function startWorker({ servers }: Scene, kind: WorkerKind, queues: readonly string[]): Promise<Worker> {
  const program = startProgram(PROGRAM, [kind, ...queues], servers.environment);
  const unasked: WorkerMessage[] = [];
  let waiting: { wanted: (message: WorkerMessage) => boolean; resolve: () => void }[] = [];
  program.onMessage((received) => {
    const message = received as WorkerMessage;
    const served = waiting.find(({ wanted }) => wanted(message));
    if (!served) return unasked.push(message);
    waiting = waiting.filter((each) => each !== served);
    return served.resolve();
  });
  const hears = (wanted: (message: WorkerMessage) => boolean) =>
    new Promise<void>((resolve) => {
      const at = unasked.findIndex(wanted);
      if (at < 0) return waiting.push({ wanted, resolve });
      unasked.splice(at, 1);
      return resolve();
    });
  await hears(({ said }) => said === "ready");
  return {
    begins: (queue) => hears(({ said, queue: of }) => said === "begun" && (queue === undefined || of === queue)),
    async finish() {
      program.tell("finish");
      await hears(({ said }) => said === "finished");
    },
    kill: () => program.kill("SIGKILL"),
  };
}
