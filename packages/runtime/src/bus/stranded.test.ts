import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { STREAMS } from "@vigia/messages";
import { eventually, type ServerHandle, startNats } from "@vigia/testkit";
import type { Component } from "../service/component.ts";
import { createLogger } from "../service/logging.ts";
import { createMetrics } from "../service/metrics.ts";
import { type Bus, connectBus } from "./bus.ts";
import { type PullOptions, pullLoop } from "./pull.ts";
import { ensureStreams } from "./streams.ts";

const log = createLogger("stranded-test", "fatal");
const TICKS = STREAMS.ticks.name;
const SUBJECT = "vigia.tick.cleanup.expire-orders";
/** With a wildcard, as the consumers of commands have it. */
const FILTER = "vigia.tick.cleanup.>";
const DURABLE = "cleanup-expire-orders";

let nats: ServerHandle;

beforeAll(async () => {
  nats = await startNats();
});
afterAll(() => nats.stop());

const TICK_CONSUMER = { stream: STREAMS.ticks, durable: DURABLE, filter: FILTER };

/** One life of a service that takes ticks, or something else, and what it took. */
async function live(
  work: (bus: Bus, taken: string[]) => Promise<void>,
  consumer: Pick<PullOptions, "stream" | "durable" | "filter"> = TICK_CONSUMER,
): Promise<void> {
  const bus = await connectBus({ url: nats.url, name: "stranded-test", log });
  await ensureStreams(bus, 1, log);
  const taken: string[] = [];
  const stopping = new AbortController();
  const loop: Component = await pullLoop({
    ...{ bus, ...consumer, description: "test", log },
    ...{ handlingLimitMs: 60_000, metrics: createMetrics("stranded-test") },
    ...{ stopping: stopping.signal, restoreStreams: () => ensureStreams(bus, 1, log) },
    handle: async ({ envelope }) => {
      taken.push(envelope.id);
      return { say: "ack" };
    },
  });
  try {
    await work(bus, taken);
  } finally {
    stopping.abort();
    await loop.stop();
    await bus.close();
  }
}

const waiting = async ({ manager }: Bus) => (await manager.streams.info(TICKS)).state.messages;
const publish = (bus: Bus, id: string, subject = SUBJECT) =>
  bus.publish(subject, {}, { "ce-id": id, "Nats-Msg-Id": id });

/** Other tasks' ticks come and go in the same stream all the while. */
function publishOthers(bus: Bus): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const published = (async () => {
    for (let count = 0; !stopping.signal.aborted; count += 1) {
      await publish(bus, `other-${count}`, `vigia.tick.other.${count}`);
      await sleep(500);
    }
  })();
  const stop = () => {
    stopping.abort();
    return published;
  };
  return { stop };
}

it("takes a message again that a server acknowledged and, being killed, did not remove", async () => {
  const messages = join(dirname(nats.logFile), "data", "jetstream", "$G", "streams", TICKS, "msgs");
  const bus = await connectBus({ url: nats.url, name: "stranded-test", log });
  await ensureStreams(bus, 1, log);
  await publish(bus, "one");
  await bus.close();
  await nats.stop();
  cpSync(messages, `${messages}.before`, { recursive: true });
  await nats.restart();
  await live(async (own, taken) => {
    await eventually(async () => expect([taken, await waiting(own)]).toEqual([["one"], 0]));
  });
  await nats.stop();
  rmSync(messages, { recursive: true });
  cpSync(`${messages}.before`, messages, { recursive: true });
  rmSync(`${messages}.before`, { recursive: true });
  await nats.restart();

  await live(async (own, taken) => {
    const { num_pending, num_ack_pending } = await own.manager.consumers.info(TICKS, DURABLE);
    expect([num_pending, num_ack_pending, await waiting(own)]).toEqual([0, 0, 1]);
    expect(await publish(own, "two")).toBe("refused");
    const others = publishOthers(own);
    await eventually(() => expect(taken).toEqual(["one"]), { timeoutMs: 30_000 }).finally(others.stop);
    await eventually(async () => expect(await publish(own, "two")).toBe("stored"));
    await eventually(() => expect(taken).toEqual(["one", "two"]));
  });
});

/**
 * `testing/stranded-command` is what nats-server 2.9.10 had of the commands after a kill and further commands: number 23 is
 * there, its subject's index says 53, and a consumer with a wildcard does not find it however often it is made anew.
 */
it("takes a message again that the server's own index lost, and what comes then on other subjects", async () => {
  const bus = await connectBus({ url: nats.url, name: "stranded-test", log });
  await ensureStreams(bus, 1, log);
  await bus.close();
  await nats.stop();
  const messages = join(dirname(nats.logFile), "data", "jetstream", "$G", "streams", STREAMS.commands.name, "msgs");
  rmSync(messages, { recursive: true });
  cpSync(join(__dirname, "testing", "stranded-command"), messages, { recursive: true });
  await nats.restart();
  const commands = { stream: STREAMS.commands, durable: "cleanup-commands", filter: "vigia.command.cleanup.>" };
  await live(async (own, taken) => {
    await eventually(() => expect(taken).toEqual(["a8168c99-bcd0-4a70-b279-2ffb00d0f308"]), { timeoutMs: 40_000 });
    await publish(own, "next", "vigia.command.cleanup.preview");
    await eventually(() => expect(taken).toHaveLength(2));
    await eventually(async () =>
      expect((await own.manager.streams.info(STREAMS.commands.name)).state.messages).toBe(0),
    );
  }, commands);
});
