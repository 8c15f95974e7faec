import { trace } from "@opentelemetry/api";
import { freePort } from "@vigia/servers";
import { type Collector, eventually, startCollector } from "@vigia/testkit";
import type { Component } from "../service/component.ts";
import { startTraceDelivery } from "./delivery.ts";
import { traceSettings } from "./settings.ts";
import { failSpan, traceFields, withSender, withSpan } from "./span.ts";

describe("spans", () => {
  let collector: Collector;
  const told: string[] = [];
  const log = {
    info: (_: unknown, text?: string) => told.push(text ?? String(_)),
    warn: (_: unknown, text?: string) => told.push(text ?? String(_)),
  };
  let delivery: Component | undefined;
  const start = async (settings: Record<string, string>) => {
    delivery = await startTraceDelivery("cleanup", traceSettings.parse(settings), log as never);
    return delivery;
  };
  const names = () => collector.spans.map(({ name }) => name);

  beforeAll(async () => {
    process.env.OTEL_BSP_SCHEDULE_DELAY = "20";
    process.env.OTEL_EXPORTER_OTLP_TIMEOUT = "200";
  });
  beforeEach(async () => {
    told.length = 0;
    collector = await startCollector();
  });
  afterEach(async () => {
    await delivery?.stop();
    await collector.stop();
  });

  it.each([
    {},
    { OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" },
  ])("do nothing where the settings are %j", async (settings) => {
    await start(settings);
    const headers = { "ce-id": "1" };
    await withSpan("work", {}, async () => {
      expect(trace.getActiveSpan()).toBeUndefined();
      expect(withSender(headers)).toEqual(headers);
      expect(traceFields()).toEqual({});
    });
  });

  it("come where the endpoint is, from whom the settings say, with what the collector wants to see", async () => {
    const own = { OTEL_SERVICE_NAME: "purger", OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, x-team=jobs" };
    const { stop } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, ...own });
    await withSpan("work", {}, async () => undefined);
    await stop();
    expect(collector.spans).toMatchObject([{ service: "purger", name: "work" }]);
    expect(collector.requests[0]).toMatchObject({
      path: "/v1/traces",
      headers: { "x-key": "a b", "x-team": "jobs" },
    });
  });

  it("come to the whole URL where that is set, under the service's name", async () => {
    const { stop } = await start({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/in` });
    await withSpan("work", {}, async () => undefined);
    await stop();
    expect(collector.requests[0]?.path).toBe("/in");
    expect(collector.spans).toMatchObject([{ service: "vigia-cleanup" }]);
  });

  it.each([
    ["always_off", 0],
    ["parentbased_always_off", 1],
    ["always_on", 2],
    ["parentbased_traceidratio", 1],
  ])("are sampled as %s says, beside a message whose sender was", async (sampler, expected) => {
    const { stop } = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: sampler,
      OTEL_TRACES_SAMPLER_ARG: "0",
    });
    await withSpan("of our own", {}, async () => undefined);
    const message = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
    await withSpan("of the sender", { message }, async () => undefined);
    await stop();
    expect(collector.spans).toHaveLength(expected);
  });

  it("tell which kind of error it was, and not what it says", async () => {
    const { stop } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const work = withSpan("work", {}, async () => {
      await withSpan("part", {}, async () => failSpan(new TypeError("with Pa55word")));
      throw new RangeError("with Pa55word");
    });
    await expect(work).rejects.toThrow("with Pa55word");
    await stop();
    expect(collector.spans.map(({ name, attributes }) => [name, attributes["error.type"]])).toEqual([
      ["part", "TypeError"],
      ["work", "RangeError"],
    ]);
    expect(collector.requests.map(({ text }) => text).join()).not.toContain("Pa55word");
  });

  it("are lost while the collector is away, which is told once, and come again after", async () => {
    const port = await freePort();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    const until = (times: number) =>
      eventually(async () => {
        await withSpan("work", {}, async () => undefined);
        expect(told).toHaveLength(times);
      });
    await until(1);
    await collector.stop();
    collector = await startCollector(port);
    await until(2);
    expect(told).toEqual(["spans can't be delivered; the work goes on without", "spans are delivered again"]);
    expect(names()).toContain("work");
  });

  it("wait for a silent collector no longer than a second when the service stops", async () => {
    process.env.OTEL_EXPORTER_OTLP_TIMEOUT = "5000";
    collector.silence();
    const { stop } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await withSpan("work", {}, async () => undefined);
    await eventually(() => expect(collector.waiting()).toBe(1));
    await stop();
    expect(collector.waiting()).toBe(1);
    expect(told).toEqual(["the last spans were not delivered"]);
    expect(names()).toEqual(["work"]);
  });
});
