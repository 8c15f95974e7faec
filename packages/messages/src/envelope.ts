import { randomUUID } from "node:crypto";

/**
 * CloudEvents 1.0 in NATS' binary mode: the body is the plain JSON payload, the attributes are headers.
 * https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md
 */
export interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly subject?: string | undefined;
  /** The command or tick at the root of it all. */
  readonly correlationId?: string | undefined;
  /** The message just before this one. */
  readonly causationId?: string | undefined;
  /** W3C trace context of the span that the message was made in, https://www.w3.org/TR/trace-context/ */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** Which header holds which attribute. */
export const ENVELOPE_HEADERS = {
  id: "ce-id",
  source: "ce-source",
  type: "ce-type",
  time: "ce-time",
  subject: "ce-subject",
  correlationId: "ce-correlationid",
  causationId: "ce-causationid",
  traceparent: "traceparent",
  tracestate: "tracestate",
} as const satisfies Record<keyof Envelope, string>;

/** Names the replay of a dead letter; a message that comes for the first time has none. */
export const REPLAY_HEADER = "vigia-replay";

export type Headers = Record<string, string>;

export function toHeaders(envelope: Envelope): Headers {
  return beginHeaders(envelope);
}

/**
 * The headers of a message whose other attributes are added by whoever knows them. `Nats-Msg-Id` equals the id, so that
 * JetStream drops a second publish of the same message.
 */
export function beginHeaders(attributes: Pick<Envelope, "id"> & Partial<Envelope>): Headers {
  const headers: Headers = {
    "ce-specversion": "1.0",
    "Nats-Msg-Id": attributes.id,
    "content-type": "application/json",
  };
  return Object.assign(headers, attributeHeaders(attributes));
}

const ATTRIBUTES = Object.entries(ENVELOPE_HEADERS) as [keyof Envelope, string][];

/** The headers of these attributes alone. */
export function attributeHeaders(attributes: Partial<Envelope>): Headers {
  const headers: Headers = {};
  for (const [attribute, header] of ATTRIBUTES) {
    const value = attributes[attribute];
    if (value !== undefined) headers[header] = value;
  }
  return headers;
}

/** What the headers say; a person's command may carry none, and then gets `fallbackId` and the time of arrival. */
export function fromHeaders(get: (header: string) => string, fallbackId: string, receivedAt: Date): Envelope {
  const value = (attribute: keyof Envelope) => get(ENVELOPE_HEADERS[attribute]) || undefined;
  const id = value("id") ?? fallbackId;
  return {
    id,
    source: value("source") ?? "unknown",
    type: value("type") ?? "unknown",
    time: value("time") ?? receivedAt.toISOString(),
    subject: value("subject"),
    correlationId: value("correlationId") ?? id,
    causationId: value("causationId"),
    traceparent: value("traceparent"),
    tracestate: value("tracestate"),
  };
}

/** Structured mode: the whole envelope in the body, under `data` the payload. */
export interface StructuredMessage {
  readonly envelope: Partial<Envelope>;
  readonly data: unknown;
}

export function fromStructured(body: Record<string, unknown>): StructuredMessage {
  const text = (name: string) => (typeof body[name] === "string" ? { [name]: body[name] as string } : {});
  const { correlationid, causationid } = body;
  return {
    envelope: {
      ...text("id"),
      ...text("source"),
      ...text("type"),
      ...text("time"),
      ...text("subject"),
      ...text("traceparent"),
      ...text("tracestate"),
      ...(typeof correlationid === "string" ? { correlationId: correlationid } : {}),
      ...(typeof causationid === "string" ? { causationId: causationid } : {}),
    },
    data: body.data,
  };
}

/**
 * A UUID of version 7, RFC 9562, which begins with the time: in the indexes of ids a new one comes behind those that are
 * there, and not anywhere among them.
 */
export function newMessageId(): string {
  const ms = Date.now().toString(16).padStart(12, "0");
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${randomUUID().slice("xxxxxxxx-xxxx-4".length)}`;
}
