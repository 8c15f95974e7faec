import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { defineTask, startService } from "@vigia/runtime";
import { choosePeers } from "../peers.ts";
import { BENCH_CONSUMER, RECOVERED_TASK } from "./recovery-queues.ts";

export type WorkerKind = "task" | "jetstream" | "bullmq";

/** What a worker says to whoever started it. */
export interface WorkerMessage {
  readonly said: "ready" | "begun" | "finished";
  readonly queue?: string;
}

/** A third of the ack wait. */
const WORKING_EVERY_MS = 1_600;

function say(said: WorkerMessage["said"], queue?: string): void {
  process.send?.({ said, ...(queue ? { queue } : {}) } satisfies WorkerMessage);
}

/** Works until it is told to finish. */
async function work(queue?: string): Promise<void> {
  const told = new Promise<void>((resolve) => process.once("message", () => resolve()));
  say("begun", queue);
  await told;
}

async function takeTicks(): Promise<void> {
  const task = defineTask(RECOVERED_TASK, async () => {
    await work();
    return undefined;
  });
  await startService("cleanup", { tasks: [task] }, process.env);
}

async function takeMessages(stream: string): Promise<void> {
  const client = jetstream(await connect({ servers: process.env.NATS_URL ?? "" }));
  const consumer = await client.consumers.get(stream, BENCH_CONSUMER);
  const loop = async () => {
    for await (const message of await consumer.consume({ max_messages: 1 })) {
      const working = setInterval(() => message.working(), WORKING_EVERY_MS);
      await work();
      clearInterval(working);
      await message.ackAck();
    }
  };
  void loop();
}

interface BullMq {
  Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => { waitUntilReady(): Promise<unknown>; on(event: "error", listener: () => void): void };
}

async function takeJobs(queues: readonly string[]): Promise<void> {
  const { Worker } = choosePeers(undefined, () => undefined).load<BullMq>("bullmq");
  const connection = { url: process.env.REDIS_URL, maxRetriesPerRequest: null };
  for (const queue of queues) {
    const worker = new Worker(queue, () => work(queue), { connection });
    worker.on("error", () => undefined);
    await worker.waitUntilReady();
  }
}

async function main([kind, ...queues]: readonly string[]): Promise<void> {
  if (kind === "task") await takeTicks();
  else if (kind === "jetstream") await takeMessages(queues[0] ?? "");
  else await takeJobs(queues);
  process.on("message", () => say("finished"));
  say("ready");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
