import { type ApiError, JetStreamApiError, type PubAck } from "@nats-io/jetstream";
import {
  createInbox,
  type Msg,
  MsgHdrsImpl,
  type NatsConnection,
  NoRespondersError,
  type PermissionViolationError,
  TimeoutError,
} from "@nats-io/transport-node";
import type { Headers } from "@vigia/messages";

/** Where a stream stored a message; a duplicate, where it was stored before. */
export interface Stored {
  /** The stream's name. */
  readonly stream: string;
  readonly sequence: number;
  readonly duplicate: boolean;
}

export interface Appender {
  /** Publishes into the stream that holds the subject, and waits until it is stored. */
  append(subject: string, body: Uint8Array | string, headers: Headers): Promise<Stored>;
  /** Acknowledges a delivery, and waits until the server has heard it. */
  acknowledge(delivery: string): Promise<void>;
  /** Told that the server lets us not publish a subject: who waits for an answer there need wait no longer. */
  refused(error: PermissionViolationError): void;
}

interface Waiting {
  readonly subject: string;
  readonly dueMs: number;
  resolve(answer: Msg): void;
  reject(error: Error): void;
}

const NO_RESPONDERS = 503;

/**
 * Publishes and acknowledges messages in great numbers. The client's own requests make a timer and three errors with
 * their stack traces for each, also where all goes well, which is more than half of what a publish costs. Here one
 * subscription hears all answers, and one timer watches over the oldest.
 */
export function createAppender(connection: NatsConnection, inboxPrefix: string, timeoutMs: number): Appender {
  const inbox = createInbox(inboxPrefix);
  /** By the last part of where the answer comes, the oldest first. */
  const waiting = new Map<string, Waiting>();
  let isListening = false;
  let published = 0;
  let timer: NodeJS.Timeout | undefined;

  function listen(): void {
    isListening = true;
    connection.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error) {
          // The server has ended the subscription: the next publish makes another.
          isListening = false;
          rejectAll(error);
          return;
        }
        const token = message.subject.slice(inbox.length + 1);
        const asked = waiting.get(token);
        waiting.delete(token);
        if (!asked) return;
        if (message.data.length > 0 || message.headers?.code !== NO_RESPONDERS) asked.resolve(message);
        else asked.reject(new NoRespondersError(asked.subject));
      },
    });
  }

  function rejectAll(error: Error, of: (each: Waiting) => boolean = () => true): void {
    for (const [token, each] of waiting) {
      if (!of(each)) continue;
      waiting.delete(token);
      each.reject(error);
    }
  }

  function watchOldest(): void {
    const [oldest] = waiting.values();
    timer = oldest && setTimeout(giveUp, Math.max(0, oldest.dueMs - performance.now()));
    timer?.unref();
  }

  function giveUp(): void {
    const nowMs = performance.now();
    rejectAll(new TimeoutError(), ({ dueMs }) => dueMs <= nowMs);
    watchOldest();
  }

  void connection.closed().then(() => {
    clearTimeout(timer);
    rejectAll(new Error("the connection to NATS was closed"));
  });

  async function ask(subject: string, body: Uint8Array | string, headers?: HeaderLines): Promise<Msg> {
    if (!isListening) listen();
    published += 1;
    const token = published.toString(36);
    connection.publish(subject, body, { reply: `${inbox}.${token}`, ...(headers ? { headers } : {}) });
    const answer = new Promise<Msg>((resolve, reject) => {
      waiting.set(token, { subject, dueMs: performance.now() + timeoutMs, resolve, reject });
    });
    if (!timer) watchOldest();
    return answer;
  }

  return {
    append: async (subject, body, headers) => readAnswer(await ask(subject, body, new HeaderLines(headers)), subject),
    async acknowledge(delivery) {
      await ask(delivery, "+ACK");
    },
    refused: (error) => rejectAll(error, ({ subject }) => error.operation === "publish" && subject === error.subject),
  };
}

/** A message's headers, of which each comes once: where one may come again, all are looked through for each. */
class HeaderLines extends MsgHdrsImpl {
  readonly #fields: Headers;

  constructor(fields: Headers) {
    super();
    this.#fields = fields;
  }

  override encode(): Uint8Array {
    let text = "NATS/1.0\r\n";
    for (const [name, value] of Object.entries(this.#fields)) {
      if (/[\r\n]/.test(value)) throw new Error(`the header ${name} has more than one line`);
      text += `${name}: ${value}\r\n`;
    }
    return Buffer.from(`${text}\r\n`);
  }
}

/** Reads what a stream answers; throws where it did not store the message. */
function readAnswer(message: Msg, subject: string): Stored {
  const answer = message.json<Partial<PubAck> & { readonly error?: ApiError }>();
  const { stream = "", seq, duplicate = false, error } = answer;
  if (error) throw new JetStreamApiError(error);
  if (seq === undefined) throw new Error(`the answer to a publish on ${subject} names no place`);
  return { stream, sequence: seq, duplicate };
}
