import { STREAMS, tickSubject } from "@vigia/messages";
import { eventually, type ServerHandle, startNats } from "@vigia/testkit";
import { createLogger } from "../service/logging.ts";
import { createMetrics } from "../service/metrics.ts";
import { type Bus, connectBus } from "./bus.ts";
import { pullLoop } from "./pull.ts";
import { ensureStreams } from "./streams.ts";

const log = createLogger("pull-test", "fatal");
const SUBJECT = tickSubject("cleanup.expire-orders");
const LONG = tickSubject("cleanup.purge-history");
const WAITING = tickSubject("cleanup.purge-notifications");
const BLIND = tickSubject("consistency.check");

describe("a consumer's own account of its progress", () => {
  let nats: ServerHandle;
  let bus: Bus;

  beforeAll(async () => {
    nats = await startNats();
    bus = await connectBus({ url: nats.url, name: "pull-test", log });
    await ensureStreams(bus, 1, log);
  });
  afterAll(async () => {
    await bus.close();
    await nats.stop();
  });

  it("names a wait for the bus that has not ended for long, and counts none of what the bus was away", async () => {
    const stopping = new AbortController();
    const loop = await pullLoop({
      ...{ bus, log, stream: STREAMS.ticks, durable: "waiting", filter: WAITING, description: "test" },
      ...{ metrics: createMetrics("test"), stopping: stopping.signal, handlingLimitMs: 60_000 },
      restoreStreams: async () => {},
      handle: async () => ({ say: "ack" }),
    });
    await nats.pause();
    const laterMs = performance.now() + 90_000;
    jest.spyOn(performance, "now").mockReturnValue(laterMs);
    expect(loop.problem?.(0)).toMatch(/^waiting waits for an answer of the bus since/);
    expect(loop.problem?.(laterMs)).toBeUndefined();
    jest.restoreAllMocks();
    await nats.resume();
    stopping.abort();
    await loop.stop();
  });

  it("says why it can't read, until it can", async () => {
    const stopping = new AbortController();
    const loop = await pullLoop({
      ...{ bus, log, stream: STREAMS.ticks, durable: "blind", filter: BLIND, description: "test" },
      ...{ metrics: createMetrics("test"), stopping: stopping.signal, handlingLimitMs: 60_000 },
      restoreStreams: () => Promise.reject(new Error("not yet")),
      handle: async () => ({ say: "ack" }),
    });
    await bus.manager.streams.delete(STREAMS.ticks.name);
    await eventually(() => expect(loop.waiting?.()).toBe("blind can't read from the bus: not yet"));
    await ensureStreams(bus, 1, log);
    await eventually(() => expect(loop.waiting?.()).toBeUndefined());
    stopping.abort();
    await loop.stop();
  });

  it("keeps a message that is handled for longer than the server waits for its acknowledgement", async () => {
    const stopping = new AbortController();
    const handled: number[] = [];
    let release = () => {};
    const ended = new Promise<void>((resolve) => {
      release = resolve;
    });
    const loops = await Promise.all(
      [1, 2].map(() =>
        pullLoop({
          ...{ bus, log, stream: STREAMS.ticks, durable: "long", filter: LONG, description: "test" },
          ...{ metrics: createMetrics("test"), stopping: stopping.signal, handlingLimitMs: 60_000 },
          restoreStreams: async () => {},
          async handle({ deliveries }) {
            handled.push(deliveries);
            await ended;
            return { say: "ack" };
          },
        }),
      ),
    );
    let inProgress = 0;
    const listening = bus.connection.subscribe("$JS.ACK.*.long.>", {
      callback: (_, message) => {
        if (message.string() === "+WPI") inProgress += 1;
      },
    });
    await bus.publish(LONG, {}, {});
    // One each two seconds, and the server waits for six.
    await eventually(() => inProgress >= 4, { timeoutMs: 20_000 });
    expect(handled).toEqual([1]);
    release();
    await eventually(async () => {
      expect((await bus.manager.streams.info(STREAMS.ticks.name)).state.messages).toBe(0);
    });
    expect(handled).toEqual([1]);
    listening.unsubscribe();
    stopping.abort();
    await Promise.all(loops.map((loop) => loop.stop()));
  });

  it("names a message that is handled for longer than its limit, until that has ended", async () => {
    const stopping = new AbortController();
    let release = () => {};
    const loop = await pullLoop({
      ...{ bus, log, stream: STREAMS.ticks, durable: "test", filter: SUBJECT, description: "test" },
      ...{ metrics: createMetrics("test"), stopping: stopping.signal, handlingLimitMs: 300 },
      restoreStreams: async () => {},
      handle: async () => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return { say: "ack" };
      },
    });
    expect(loop.problem?.(0)).toBeUndefined();
    await bus.publishRaw(SUBJECT, new TextEncoder().encode("{}"), {});
    await eventually(() => expect(loop.problem?.(0)).toMatch(/^test handles one message since/));
    // What it waited for was away until now: that is no standstill.
    expect(loop.problem?.(performance.now())).toBeUndefined();
    release();
    await eventually(() => expect(loop.problem?.(0)).toBeUndefined());
    stopping.abort();
    await loop.stop();
  });
});
