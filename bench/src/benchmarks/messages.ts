import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Database } from "@vigia/database";
import { type OutgoingEvent, orderChanged } from "@vigia/messages";
import { defineConsumer, startService } from "@vigia/runtime";
import type { Benchmark, Contender, Scene } from "../contender.ts";

const RELAYED = "relayed";
const HANDLED = "relayed and handled once";
/** As many publishes as our relay has on their way at a time. */
const IN_FLIGHT = 500;
const POLL_MS = 25;

/** Events from their commit to the bus, and on to a consumer whose effect commits with the note that it happened. */
export const messages: Benchmark = {
  unit: "messages/s",
  samples: "rounds",
  rounds: 3,
  async prepare(scene) {
    return [await outbox(scene), await bareLoop(scene), ...bullmq(scene)];
  },
};

function makeEvents(count: number): OutgoingEvent[] {
  return Array.from({ length: count }, () =>
    orderChanged({
      ...{ orderId: randomUUID(), sellerId: randomUUID(), buyerId: randomUUID() },
      ...{ status: "expired", previousStatus: "created", reason: "its time is over", at: new Date().toISOString() },
    }),
  );
}

async function outbox({ servers, options, onClose }: Scene): Promise<Contender> {
  let database: Database | undefined;
  const consumer = defineConsumer("bench-orders", orderChanged, async ({ data, tx }) => {
    await tx.query("INSERT INTO bench_handled (order_id) VALUES ($1)", [data.orderId]);
  });
  const relaying = await startService(
    "bench",
    {
      components: async (environment) => {
        database = environment.database;
        await database.query("CREATE TABLE bench_handled (position bigserial PRIMARY KEY, order_id text)");
        return [];
      },
    },
    servers.environment,
  );
  onClose(() => relaying.stop());
  if (!database) throw new Error("a service always has its database");
  const events = database;
  const count = async (sql: string) => (await events.query<{ count: number }>(sql)).rows[0]?.count ?? 0;

  const relay = () =>
    messagesPerSecond(
      options.messages,
      () => events.transaction({ source: "bench" }, (tx) => tx.emit(makeEvents(options.messages))),
      async () =>
        (await count("SELECT count(*) FROM (SELECT FROM vigia.outbox WHERE relayed_at IS NULL LIMIT 1) AS waiting")) ===
        0,
    );

  return {
    name: "outbox, relay and consumer",
    role: "ours",
    async measure() {
      const relayed = await relay();
      // The consumer starts when there is nothing to handle but what comes from now on.
      const handling = await startService("bench-consumer", { consumers: [consumer] }, servers.environment);
      try {
        await until(async () => {
          const handled = await count("SELECT count(*) FROM vigia.handled_messages WHERE consumer = 'bench-orders'");
          return handled === (await count("SELECT count(*) FROM vigia.outbox WHERE source = 'bench'"));
        });
        await events.query("TRUNCATE bench_handled");
        const handled = await messagesPerSecond(
          options.messages,
          () => events.transaction({ source: "bench" }, (tx) => tx.emit(makeEvents(options.messages))),
          async () => (await count("SELECT count(*) FROM bench_handled")) === options.messages,
        );
        return { [RELAYED]: [relayed], [HANDLED]: [handled] };
      } finally {
        await handling.stop();
      }
    },
  };
}

/** JetStream and nothing else: no outbox, no effect, no memory of what was handled; each acknowledgement confirmed. */
async function bareLoop({ servers, options, onClose }: Scene): Promise<Contender> {
  const connection = await connect({ servers: servers.natsUrl });
  onClose(() => connection.close());
  const manager = await jetstreamManager(connection);
  const client = jetstream(connection);
  const [stream, consumer] = ["BENCH", "bench"];
  await manager.streams.add({
    ...{ name: stream, subjects: ["bench.>"], storage: StorageType.File, retention: RetentionPolicy.Limits },
  });
  await manager.consumers.add(stream, { durable_name: consumer, ack_policy: AckPolicy.Explicit });

  async function publish(bodies: readonly OutgoingEvent[]): Promise<void> {
    for (let from = 0; from < bodies.length; from += IN_FLIGHT) {
      await Promise.all(
        bodies
          .slice(from, from + IN_FLIGHT)
          .map(({ id, data }) => client.publish(`bench.${id}`, JSON.stringify(data), { msgID: id })),
      );
    }
  }
  async function handle(count: number): Promise<void> {
    const pulling = await (await client.consumers.get(stream, consumer)).consume({ max_messages: IN_FLIGHT });
    const acks: Promise<boolean>[] = [];
    for await (const message of pulling) {
      message.json();
      acks.push(message.ackAck());
      if (acks.length === count) break;
    }
    await Promise.all(acks);
  }
  return {
    name: "bare JetStream loop",
    role: "limit",
    async measure() {
      const first = makeEvents(options.messages);
      const relayed = await messagesPerSecond(first.length, () => publish(first));
      await handle(first.length);
      const second = makeEvents(options.messages);
      const handled = await messagesPerSecond(second.length, () =>
        Promise.all([publish(second), handle(second.length)]),
      );
      return { [RELAYED]: [relayed], [HANDLED]: [handled] };
    },
  };
}

interface BullMq {
  Queue: new (
    name: string,
    options: object,
  ) => {
    addBulk(jobs: readonly object[]): Promise<unknown>;
    close(): Promise<void>;
  };
  Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => { close(): Promise<void>; on(event: "completed", listener: () => void): void };
}

/** A job for each message, 50 at a time, handled by doing nothing: it has no transaction to take part in. */
function bullmq({ servers, options, peers, onClose }: Scene): Contender[] {
  if (!peers.wants("bullmq")) return [];
  const { Queue, Worker } = peers.load<BullMq>("bullmq");
  const connection = { url: servers.redisUrl, maxRetriesPerRequest: null };
  const queue = new Queue("bench", { connection });
  let completed = 0;
  const worker = new Worker("bench", async () => {}, { connection, concurrency: 50, removeOnComplete: { count: 0 } });
  worker.on("completed", () => {
    completed += 1;
  });
  onClose(async () => {
    await worker.close();
    await queue.close();
  });
  return [
    {
      name: "bullmq, 50 at a time",
      role: "peer",
      async measure() {
        completed = 0;
        const jobs = makeEvents(options.messages).map(({ data }) => ({ name: "order", data }));
        const handled = await messagesPerSecond(
          jobs.length,
          () => queue.addBulk(jobs),
          async () => completed === jobs.length,
        );
        return { [HANDLED]: [handled] };
      },
    },
  ];
}

async function messagesPerSecond(
  count: number,
  send: () => Promise<unknown>,
  arrived: () => Promise<boolean> = async () => true,
): Promise<number> {
  const startedAt = performance.now();
  await send();
  await until(arrived);
  return (count * 1_000) / (performance.now() - startedAt);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(POLL_MS);
}
