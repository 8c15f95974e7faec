import type { JsMsg } from "@nats-io/jetstream";
import type { Database, EventContext } from "@vigia/database";
import { deadLetterAdded, type Headers, type OutgoingEvent } from "@vigia/messages";
import type { Bus } from "./bus.ts";
import { readMessage } from "./message.ts";

export interface DeadLetter {
  readonly message: JsMsg;
  readonly consumer: string;
  readonly reason: string;
  readonly tries: number;
  /** Events that go out with it, such as the rejection of a command. */
  readonly events?: readonly OutgoingEvent[];
}

const LONGEST_REASON = 2_000;

/**
 * Keeps a message that nobody can handle, as it came, with the reason; and says so. Safe to do twice: the dead letter
 * and its events have ids that follow from the message's place in its stream.
 */
export async function keepDeadLetter(bus: Bus, database: Database, context: EventContext, letter: DeadLetter) {
  const { message, consumer, tries } = letter;
  const { envelope, stream, sequence, subject } = readMessage(message);
  const reason = letter.reason.slice(0, LONGEST_REASON);
  const id = `deadletter:${stream}:${sequence}`;
  const headers: Headers = {};
  for (const [key, values] of message.headers ?? []) if (values[0] !== undefined) headers[key] = values[0];
  await bus.publishRaw(`vigia.deadletter.${stream}.${consumer}`, message.data, {
    ...headers,
    "Nats-Msg-Id": id,
    "vigia-subject": subject,
    "vigia-reason": headerValue(reason),
    "vigia-tries": String(tries),
  });
  const added = deadLetterAdded(
    { stream, consumer, subject, messageId: envelope.id, reason, tries, at: new Date().toISOString() },
    `${id}:added`,
  );
  await database.transaction(context, (tx) => tx.emit([added, ...(letter.events ?? [])]));
}

/** Header values are one line. */
function headerValue(text: string): string {
  return text.replace(/\s+/g, " ");
}
