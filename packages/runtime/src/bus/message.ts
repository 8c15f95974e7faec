import type { DeliveryInfo, JsMsg, StoredMsg } from "@nats-io/jetstream";
import type { MsgHdrs } from "@nats-io/transport-node";
import { type Envelope, fromHeaders, fromStructured, type Headers, REPLAY_HEADER } from "@vigia/messages";
import { asError } from "../errors.ts";
import { printable } from "../printable.ts";

export interface IncomingMessage {
  readonly envelope: Envelope;
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly receivedAt: Date;
  /** From 1. */
  readonly deliveries: number;
  /** Which replay of a dead letter this is; its tries are counted anew. */
  readonly replay: string | undefined;
  /** Names this delivery to `Bus.handBack`. */
  readonly delivery: string | undefined;
  readonly body: Body;
  /** As it came, for a dead letter. */
  readonly raw: { readonly data: Uint8Array; readonly headers: Headers };
}

/** A body is JSON, or the reason why it can't be read. No body at all is an empty object: a command may have no data. */
export type Body = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly reason: string };

interface Arrival {
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly receivedAt: Date;
  readonly deliveries: number;
  readonly delivery: string | undefined;
}

export function readMessage(message: JsMsg): IncomingMessage {
  const { subject, seq: sequence, time: receivedAt, info } = message;
  const { stream, deliveryCount: deliveries } = info;
  const arrival = { subject, sequence, receivedAt, stream, deliveries, delivery: deliveryOf(info) };
  return read(arrival, message.data, () => message.headers);
}

/** Where an answer to the delivery goes, as NATS' ADR 15 puts it together. It has another form across domains. */
export function deliveryOf(info: DeliveryInfo): string | undefined {
  if (info.domain) return undefined;
  const { stream, consumer, deliveryCount, streamSequence, deliverySequence, timestampNanos, pending } = info;
  const numbers = [deliveryCount, streamSequence, deliverySequence, timestampNanos, pending];
  return ["$JS.ACK", stream, consumer, ...numbers].join(".");
}

/** A message that lies in its stream and was delivered to nobody. */
export function readStored(stream: string, message: StoredMsg): IncomingMessage {
  const { subject, seq: sequence, time: receivedAt } = message;
  return read(
    { subject, sequence, receivedAt, stream, deliveries: 1, delivery: undefined },
    message.data,
    () => message.header,
  );
}

/**
 * Names a message for ever. A stream that was made anew counts from one again: the time tells its messages from the old
 * one's. A dead letter that is put back is another message.
 */
export function placeOf({ stream, sequence, receivedAt }: IncomingMessage): string {
  return `${stream}:${sequence}@${receivedAt.toISOString()}`;
}

function read(arrival: Arrival, data: Uint8Array, decodeHeaders: () => MsgHdrs | undefined): IncomingMessage {
  const { headers: messageHeaders, problem } = readHeaders(decodeHeaders);
  const headers: Headers = {};
  for (const [key, values] of messageHeaders ?? []) if (values[0] !== undefined) headers[key] = values[0];
  const raw = { data, headers };
  const header = (name: string) => messageHeaders?.get(name) ?? "";
  const envelope = fromHeaders(header, `${arrival.stream}:${arrival.sequence}`, arrival.receivedAt);
  const replay = header(REPLAY_HEADER) || undefined;
  const body: Body = problem === undefined ? readBody(data) : { ok: false, reason: problem };
  if (body.ok && isStructured(header("content-type"), body.data)) {
    const structured = fromStructured(body.data);
    return {
      ...arrival,
      raw,
      replay,
      envelope: { ...envelope, ...structured.envelope },
      body: { ok: true, data: structured.data },
    };
  }
  return { ...arrival, raw, replay, envelope, body };
}

/** The server stores any header; the client refuses a whole message for one whose name NATS does not allow. */
function readHeaders(decode: () => MsgHdrs | undefined): { readonly headers?: MsgHdrs; readonly problem?: string } {
  try {
    const headers = decode();
    return headers ? { headers } : {};
  } catch (error) {
    return { problem: `the headers can't be read: ${printable(asError(error).message)}` };
  }
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
    return { ok: false, reason: `the body is not JSON: ${printable(asError(error).message)}` };
  }
}
