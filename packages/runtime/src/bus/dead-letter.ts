import type { Database, EventContext } from "@vigia/database";
import { deadLetterAdded, type OutgoingEvent } from "@vigia/messages";
import type { Bus } from "./bus.ts";
import type { IncomingMessage } from "./message.ts";

export interface DeadLetter {
  readonly message: IncomingMessage;
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
  const { consumer, tries } = letter;
  const { envelope, stream, sequence, subject, raw } = letter.message;
  const reason = letter.reason.slice(0, LONGEST_REASON);
  const id = `deadletter:${stream}:${sequence}`;
  await bus.publishRaw(`vigia.deadletter.${stream}.${consumer}`, raw.data, {
    ...raw.headers,
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
