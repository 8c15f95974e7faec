import { setTimeout as sleep } from "node:timers/promises";
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { type TaskName, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import type { Scene } from "../contender.ts";
import type { WorkerKind } from "./recovery-worker.ts";

export const RECOVERED_TASK: TaskName = "cleanup.expire-orders";
export const BENCH_CONSUMER = "bench";
const STREAM = "BENCH_RECOVERY";
const ACK_WAIT_NANOSECONDS = 5e9;
const RETRY_MS = 20;

/** Where jobs of one kind come from. */
export interface Queue {
  readonly kind: WorkerKind;
  readonly name: string;
  add(): Promise<unknown>;
}

export async function ticksQueue({ servers, onClose }: Scene): Promise<Queue> {
  const log = createLogger("bench", "error");
  const bus = await connectBus({ url: servers.natsUrl, name: "bench-recovery", log });
  onClose(() => bus.close());
  await ensureStreams(bus, 1, log);
  return {
    kind: "task",
    name: RECOVERED_TASK,
    async add() {
      const at = new Date();
      const id = tickId(RECOVERED_TASK, at);
      const headers = toHeaders({ id, source: "bench", type: "vigia.tick", time: at.toISOString() });
      // Refused while the last one is not acknowledged yet.
      while (
        (await bus.publish(tickSubject(RECOVERED_TASK), tickFor(RECOVERED_TASK, at, false), headers)) !== "stored"
      ) {
        await sleep(RETRY_MS);
      }
    },
  };
}

/** JetStream and nothing else: no lock, no record, nothing that keeps two from working on one message. */
export async function jetstreamQueue({ servers, onClose }: Scene): Promise<Queue> {
  const connection = await connect({ servers: servers.natsUrl });
  onClose(() => connection.close());
  const manager = await jetstreamManager(connection);
  const client = jetstream(connection);
  await manager.streams.add({
    ...{ name: STREAM, subjects: ["bench-recovery"], storage: StorageType.File, retention: RetentionPolicy.Workqueue },
  });
  await manager.consumers.add(STREAM, {
    ...{ durable_name: BENCH_CONSUMER, ack_policy: AckPolicy.Explicit },
    ...{ ack_wait: ACK_WAIT_NANOSECONDS, max_ack_pending: 1 },
  });
  return { kind: "jetstream", name: STREAM, add: () => client.publish("bench-recovery") };
}

interface BullMq {
  Queue: new (
    name: string,
    options: object,
  ) => { add(name: string, data: object): Promise<unknown>; close(): Promise<void> };
}

export function bullmqQueues({ servers, peers, onClose }: Scene, count: number): Queue[] {
  const { Queue } = peers.load<BullMq>("bullmq");
  const connection = { url: servers.redisUrl, maxRetriesPerRequest: null };
  return Array.from({ length: count }, (_, index) => {
    const name = `bench-recovery-${performance.now()}-${index}`;
    const queue = new Queue(name, { connection });
    onClose(() => queue.close());
    return { kind: "bullmq", name, add: () => queue.add("job", {}) };
  });
}
