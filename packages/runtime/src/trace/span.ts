import { type Attributes, context, propagation, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Envelope, Headers } from "@vigia/messages";
import { asError } from "../errors.ts";

/** Spans of OpenTelemetry, https://opentelemetry.io/docs/concepts/signals/traces/; where none are sent they do nothing. */
export interface SpanOptions {
  readonly kind?: "internal" | "producer" | "consumer";
  readonly attributes?: Attributes;
  /** What the span is about. Where no other is active, the span that this was sent in is its parent. */
  readonly message?: Pick<Envelope, "traceparent" | "tracestate">;
}

const KINDS = { internal: SpanKind.INTERNAL, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

/** Runs `work` within a span, below the one that is active. What it throws fails the span, and is thrown. */
export async function withSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  const { kind = "internal", attributes = {}, message = {} } = options;
  const parent = trace.getActiveSpan() ? context.active() : propagation.extract(context.active(), message);
  return trace.getTracer("vigia").startActiveSpan(name, { kind: KINDS[kind], attributes }, parent, async (span) => {
    try {
      return await work();
    } catch (thrown) {
      fail(span, asError(thrown));
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/** Says of the active span what came of it. */
export function describeSpan(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/** Says that the work of the active span failed. */
export function failSpan(error: Error): void {
  const span = trace.getActiveSpan();
  if (span) fail(span, error);
}

/** Without the message, which may hold a secret: the log says it, redacted, under the same trace. */
function fail(span: Span, error: Error): void {
  span.setAttribute("error.type", error.name);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Adds the active span to a message, unless the message says already which one it was made in. */
export function withSender(headers: Headers): Headers {
  if (headers.traceparent !== undefined || !trace.getActiveSpan()) return headers;
  const traced = { ...headers };
  propagation.inject(context.active(), traced);
  return traced;
}

/** For each log line within a span. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const active = trace.getActiveSpan()?.spanContext();
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
}

/** https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export function messageAttributes(operation: "send" | "process", subject: string, id: string | undefined): Attributes {
  return {
    "messaging.system": "nats",
    "messaging.operation.type": operation,
    "messaging.operation.name": operation,
    "messaging.destination.name": subject,
    "messaging.message.id": id,
  };
}
