import { markRelayed, type OutboxMessage, type Transaction } from "@vigia/database";
import { deadLetterAdded, STREAMS } from "@vigia/messages";
import type { Logger } from "./service/logging.ts";

const CONSUMER = "outbox-relay";
/** The first line, the last, and what is added on the way: the order within the aggregate, and a `traceparent`. */
const HEADERS_BESIDE_BYTES = 64 + 70;
const BYTES_BESIDE_A_HEADER = ": \r\n".length;
/** It never came into a stream. */
const NO_SEQUENCE = 0;

/** No character takes more: of nearly every event, its length tells that it is small enough. */
const MOST_BYTES_A_CHARACTER = 3;

function isSurelySmaller({ body, headers }: OutboxMessage, limitBytes: number): boolean {
  let characters = body.length + HEADERS_BESIDE_BYTES;
  for (const name in headers) characters += name.length + (headers[name]?.length ?? 0) + BYTES_BESIDE_A_HEADER;
  return characters * MOST_BYTES_A_CHARACTER <= limitBytes;
}

/** Bytes that the bus is given of this event: its body and its headers. */
function sizeOf({ body, headers }: OutboxMessage): number {
  const fields = Object.entries(headers).map(
    ([name, value]) => Buffer.byteLength(name + value) + BYTES_BESIDE_A_HEADER,
  );
  return fields.reduce((sum, bytes) => sum + bytes, HEADERS_BESIDE_BYTES) + Buffer.byteLength(body);
}

/** Makes dead letters of events that the server will never take, so that those behind them go on; returns the others. */
export async function setAsideOversized(
  tx: Transaction,
  messages: readonly OutboxMessage[],
  limitBytes: number,
  log: Logger,
): Promise<OutboxMessage[]> {
  const fitting: OutboxMessage[] = [];
  const aside: OutboxMessage[] = [];
  for (const message of messages) {
    const bytes = isSurelySmaller(message, limitBytes) ? 0 : sizeOf(message);
    if (bytes <= limitBytes) {
      fitting.push(message);
      continue;
    }
    const { id, subject, headers } = message;
    const reason = `the event has ${bytes} bytes, and the NATS server takes ${limitBytes} (max_payload)`;
    log.error({ eventId: id, subject, reason }, "an event is set aside as a dead letter");
    const at = new Date();
    const letter = { consumer: CONSUMER, subject, messageId: id, reason, tries: 1 };
    const body = Buffer.from(message.body);
    await tx.deadLetters.keep({ ...letter, id: `outbox:${id}`, sequence: NO_SEQUENCE, body, headers, at });
    const stream = STREAMS.events.name;
    await tx.emit(deadLetterAdded({ ...letter, stream, at: at.toISOString() }, `outbox:${id}:added`));
    aside.push(message);
  }
  if (aside.length > 0) await markRelayed(tx, aside);
  return fitting;
}
