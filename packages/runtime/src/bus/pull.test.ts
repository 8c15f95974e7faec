import { connect } from "node:net";
import { STREAMS, tickSubject } from "@vigia/messages";
import { eventually, type ServerHandle, startNats } from "@vigia/testkit";
import { createLogger } from "../service/logging.ts";
import { createMetrics } from "../service/metrics.ts";
import { type Bus, connectBus } from "./bus.ts";
import type { Body } from "./message.ts";
import { pullLoop } from "./pull.ts";
import { ensureStreams } from "./streams.ts";

const log = createLogger("pull-test", "fatal");
const SUBJECT = tickSubject("cleanup.expire-orders");
const LONG = tickSubject("cleanup.purge-history");
const WAITING = tickSubject("cleanup.purge-notifications");
const BROKEN = tickSubject("chain-sync.sync");
const BLIND = tickSubject("consistency.check");
const EARLY = tickSubject("chain-sync.verify");

/** Any client may send headers that ours would not. Resolves when the server has taken the message. */
async function publishBytes(url: string, subject: string, headers: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const size = headers.length + body.length;
  socket.write(`CONNECT {"headers":true,"verbose":false}\r\nHPUB ${subject} ${headers.length} ${size}\r\n`);
  socket.write(`${headers}${body}\r\nPING\r\n`);
  for await (const answer of socket) if (String(answer).includes("PONG")) break;
}

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

  it("begins though nobody answers for its consumer yet, which is made as soon as somebody does", async () => {
    const stopping = new AbortController();
    const handled: number[] = [];
    await nats.pause();
    const loop = await pullLoop({
      ...{ bus, log, stream: STREAMS.ticks, durable: "early", filter: EARLY, description: "test" },
      ...{ metrics: createMetrics("test"), stopping: stopping.signal, handlingLimitMs: 60_000 },
      restoreStreams: async () => {},
      async handle({ deliveries }) {
        handled.push(deliveries);
        return { say: "ack" };
      },
    }).finally(() => nats.resume());
    await bus.publish(EARLY, {}, {});
    await eventually(() => expect(handled).toEqual([1]), { timeoutMs: 20_000 });
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

  it("hands over what it can't read as a message without a body, and goes on with the next", async () => {
    const stopping = new AbortController();
    const bodies: Body[] = [];
    const loop = await pullLoop({
      ...{ bus, log, stream: STREAMS.ticks, durable: "broken", filter: BROKEN, description: "test" },
      ...{ metrics: createMetrics("test"), stopping: stopping.signal, handlingLimitMs: 60_000 },
      restoreStreams: async () => {},
      async handle({ body }) {
        bodies.push(body);
        return { say: "ack" };
      },
    });
    await publishBytes(nats.url, BROKEN, "NATS/1.0\r\nno name: 1\r\n\r\n", "{}");
    await eventually(() => expect(bodies).toHaveLength(1));
    // The next tick is refused until the first one's acknowledgement has arrived.
    await eventually(async () => expect(await bus.publish(BROKEN, { next: true }, {})).toBe("stored"));
    await eventually(() => expect(bodies).toHaveLength(2));
    expect(bodies).toEqual([
      { ok: false, reason: expect.stringMatching(/^the headers can't be read: .* is not a valid character/) },
      { ok: true, data: { next: true } },
    ]);
    stopping.abort();
    await loop.stop();
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
