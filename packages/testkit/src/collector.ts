import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where the span has no parent. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A peer of the protocol by which spans are delivered: OTLP over HTTP with JSON, as OpenTelemetry's collector takes it. */
export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Of each request, oldest first. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders; readonly text: string }[];
  /** From now on it takes requests and answers none, until `answer` is called. */
  silence(): void;
  answer(): void;
  /** Requests that wait for an answer. */
  waiting(): number;
  stop(): Promise<void>;
}

/** On any free port, unless told. */
export async function startCollector(port = 0): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders; text: string }[] = [];
  const unanswered = new Set<ServerResponse>();
  let isSilent = false;
  const answer = (response: ServerResponse) => {
    unanswered.delete(response);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  };
  const server = createServer((request, response) => {
    void readText(request).then((text) => {
      requests.push({ path: request.url ?? "", headers: request.headers, text });
      spans.push(...spansIn(JSON.parse(text)));
      if (!isSilent) return answer(response);
      unanswered.add(response);
      response.on("close", () => unanswered.delete(response));
    });
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    silence: () => {
      isSilent = true;
    },
    answer: () => {
      isSilent = false;
      for (const response of unanswered) answer(response);
    },
    waiting: () => unanswered.size,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SpanOnTheWire[] }[];
  }[];
}

interface SpanOnTheWire {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly Attribute[];
}

interface Attribute {
  readonly key: string;
  /** Such as `{ stringValue: "…" }`. */
  readonly value: Readonly<Record<string, unknown>>;
}

function spansIn({ resourceSpans }: TraceRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)["service.name"]);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ name, traceId, spanId, parentSpanId = "", attributes }) => {
        return { service, name, traceId, spanId, parentSpanId, attributes: valuesOf(attributes) };
      });
  });
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
