import type { JsMsg } from "@nats-io/jetstream";
import { type Envelope, fromHeaders, fromStructured } from "@vigia/messages";

export interface IncomingMessage {
  readonly envelope: Envelope;
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly receivedAt: Date;
  /** From 1. */
  readonly deliveries: number;
  readonly body: Body;
}

/** A body is JSON, or the reason why it is not. No body at all is an empty object: a command may have no data. */
export type Body = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly reason: string };

export function readMessage(message: JsMsg): IncomingMessage {
  const stream = message.info.stream;
  const received = message.time;
  const body = readBody(message.data);
  const header = (name: string) => message.headers?.get(name) ?? "";
  const fromHeader = fromHeaders(header, `${stream}:${message.seq}`, received);
  const common = {
    subject: message.subject,
    stream,
    sequence: message.seq,
    receivedAt: received,
    deliveries: message.info.deliveryCount,
  };
  if (body.ok && isStructured(header("content-type"), body.data)) {
    const { envelope, data } = fromStructured(body.data);
    return { ...common, envelope: { ...fromHeader, ...envelope }, body: { ok: true, data } };
  }
  return { ...common, envelope: fromHeader, body };
}

function isStructured(contentType: string, data: unknown): data is Record<string, unknown> {
  return contentType.startsWith("application/cloudevents+json") && typeof data === "object" && data !== null;
}

function readBody(bytes: Uint8Array): Body {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === "") return { ok: true, data: {} };
  try {
    return { ok: true, data: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: `the body is not JSON: ${error instanceof Error ? error.message : error}` };
  }
}
