import type { Database, DeadLetter, EventContext } from "@vigia/database";
import { deadLetterAdded, type Headers, type OutgoingEvent, REPLAY_HEADER } from "@vigia/messages";
import { printable } from "../printable.ts";
import { isRefusal } from "./api-error.ts";
import type { Bus } from "./bus.ts";
import { type IncomingMessage, placeOf } from "./message.ts";

export interface DeadMessage {
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
export async function keepDeadLetter(bus: Bus, database: Database, context: EventContext, dead: DeadMessage) {
  const { consumer, tries } = dead;
  const { envelope, stream, subject, raw } = dead.message;
  const reason = printable(dead.reason.slice(0, LONGEST_REASON));
  const messageId = printable(envelope.id);
  const id = `deadletter:${placeOf(dead.message)}`;
  // While Postgres is away nothing is known of this message that would make it a dead letter: this throws then.
  if (await database.transaction(context, (tx) => tx.deadLetters.isKept(id))) return;
  const at = new Date();
  const headers = ownHeaders(raw.headers);
  const { sequence } = await bus.publishRaw(`vigia.deadletter.${stream}.${consumer}`, raw.data, {
    ...headers,
    "Nats-Msg-Id": id,
    "vigia-subject": subject,
    "vigia-reason": oneLine(reason),
    "vigia-tries": String(tries),
  });
  const added = deadLetterAdded(
    { stream, consumer, subject, messageId, sequence, reason, tries, at: at.toISOString() },
    `${id}:added`,
  );
  await database.transaction(context, async (tx) => {
    const body = raw.data;
    await tx.deadLetters.keep({ id, sequence, consumer, subject, messageId, body, headers, reason, tries, at });
    await tx.emit([added, ...(dead.events ?? [])]);
  });
}

/**
 * Puts a dead letter back on its first subject. It keeps its id, so that whoever has handled it passes over it; the
 * header that names the replay gives it all its tries anew. Safe to do twice. False: a tick of its task still waits or
 * runs, and the stream refuses another.
 */
export async function putBack(bus: Bus, { id, subject, messageId, body, headers }: DeadLetter): Promise<boolean> {
  const fields = { ...headers, "ce-id": messageId, "Nats-Msg-Id": `replay:${id}`, [REPLAY_HEADER]: id };
  try {
    await bus.publishRaw(subject, body, fields);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** Without what the sender told the server to do with that one publish. */
function ownHeaders(headers: Headers): Headers {
  const own = Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith("nats-"));
  return Object.fromEntries(own.map(([name, value]) => [name, printable(value)]));
}

/** Header values are one line. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
