import { STREAMS, tickSubject } from "@vigia/messages";
import { eventually, type ServerHandle, startNats } from "@vigia/testkit";
import { createLogger } from "../service/logging.ts";
import { createMetrics } from "../service/metrics.ts";
import { type Bus, connectBus } from "./bus.ts";
import { pullLoop } from "./pull.ts";
import { ensureStreams } from "./streams.ts";

const log = createLogger("pull-test", "fatal");
const SUBJECT = tickSubject("cleanup.expire-orders");

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
