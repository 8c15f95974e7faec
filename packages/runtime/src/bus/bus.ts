import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  AuthorizationError,
  connect,
  headers,
  type NatsConnection,
  PermissionViolationError,
  type TlsOptions,
} from "@nats-io/transport-node";
import type { Headers } from "@vigia/messages";
import { asError } from "../errors.ts";
import type { Logger } from "../service/logging.ts";
import { tlsAdvice } from "../service/tls-advice.ts";
import { messageAttributes, withSender, withSpan } from "../trace/span.ts";
import { isRefusal } from "./api-error.ts";
import { createAppender, type Stored } from "./appender.ts";
import { readNatsUrl } from "./nats-url.ts";

const PUBLISH_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 500;
/** A server that is silent for three of these is left for another; where there is one alone, it is asked until it answers. */
const PING_EVERY_MS = 5_000;
const FIRST_TRY_MS = 20_000;
const FIRST_PAUSE_MS = 2_000;
const NO_RIGHT = "NATS refuses what this login has no right to; packages/access/src/service.ts says who may do what";

/** Where NATS is. */
export interface BusPlace {
  /** `nats://user:password@host:port`, or several with commas between them; `tls://` for TLS. See `readNatsUrl`. */
  readonly url: string;
  /** PEM texts: whose certificates are trusted, instead of those that Node knows, and ours, where NATS asks for one. */
  readonly tls?:
    | { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined }
    | undefined;
}

export interface BusOptions extends BusPlace {
  /** Shown in the server's connection list. Answers come on `_INBOX.<name>.>`, where nobody else need be let listen. */
  readonly name: string;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** Give up where no server has answered by then, all of them together. The default is to wait for ever. */
  readonly firstConnectionTimeoutMs?: number;
}

/** What a publish came to. A stream may refuse: a tick while the last one of its task still waits or runs. */
export type PublishOutcome = "stored" | "duplicate" | "refused";

export interface Bus {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Publishes into the stream that holds the subject, and waits until it is stored. */
  publish(subject: string, body: unknown, headers: Headers): Promise<PublishOutcome>;
  /** Publishes JSON that its stream never refuses, in great numbers, and says where it is stored. */
  append(subject: string, body: string, headers: Headers): Promise<Stored>;
  /** Acknowledges one of many deliveries, and waits until the server has heard it. See `deliveryOf`. */
  acknowledge(delivery: string): Promise<void>;
  /** Plain publish of bytes as they came, for dead letters and replays. Throws where the stream refuses them. */
  publishRaw(subject: string, body: Uint8Array, headers: Headers): Promise<Stored>;
  /** Gives a message that another process took, and can handle no more, to the next one at once. See `IncomingMessage`. */
  handBack(delivery: string): void;
  /** The largest message, headers included, that the server takes. */
  maxPayloadBytes(): number;
  isConnected(): boolean;
  /** Resolves when the server has answered; without a limit of its own. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Waits for the first connection as long as it takes, or as long as it is told to, and reconnects for ever. A login or a
 * certificate that is refused at first is an error at once.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const { log } = options;
  const connection = await connectFirst(options);
  const appender = createAppender(connection, inboxPrefixOf(options), PUBLISH_TIMEOUT_MS);
  let connected = true;
  void watch(connection, log, {
    turned: (state) => {
      connected = state;
    },
    refused: appender.refused,
  });
  const client = jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS });
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: PUBLISH_TIMEOUT_MS });

  async function within<T>(subject: string, fields: Headers, send: (fields: Headers) => Promise<T>): Promise<T> {
    const attributes = messageAttributes("send", subject, fields["ce-id"]);
    const options = { kind: "producer", attributes, message: fields } as const;
    return withSpan(`send ${fields["ce-type"] ?? "message"}`, options, () => send(withSender(fields)));
  }

  const send = (subject: string, body: Uint8Array | string, given: Headers) =>
    within(subject, given, (fields) => {
      const messageHeaders = headers();
      for (const [key, value] of Object.entries(fields)) messageHeaders.set(key, value);
      return client.publish(subject, body, { headers: messageHeaders, timeout: PUBLISH_TIMEOUT_MS });
    });

  return {
    connection,
    client,
    manager,
    async publish(subject, body, fields) {
      try {
        const ack = await send(subject, JSON.stringify(body), fields);
        return ack.duplicate ? "duplicate" : "stored";
      } catch (error) {
        if (isRefusal(error)) return "refused";
        throw error;
      }
    },
    append: (subject, body, given) => within(subject, given, (fields) => appender.append(subject, body, fields)),
    acknowledge: appender.acknowledge,
    async publishRaw(subject, body, fields) {
      const { stream, seq, duplicate } = await send(subject, body, fields);
      return { stream, sequence: seq, duplicate };
    },
    handBack: (delivery) => connection.publish(delivery, "-NAK"),
    isConnected: () => connected && !connection.isClosed(),
    maxPayloadBytes: () => connection.info?.max_payload ?? Number.POSITIVE_INFINITY,
    ping: () => connection.flush(),
    close: async () => {
      if (!connection.isClosed()) await connection.close();
    },
  };
}

async function connectFirst(options: BusOptions): Promise<NatsConnection> {
  const { url, tls, name, log, firstConnectionTimeoutMs } = options;
  const { servers, secure, login } = readNatsUrl(url);
  for (;;) {
    try {
      return await connect({
        servers: [...servers],
        ...login,
        name,
        inboxPrefix: inboxPrefixOf(options),
        // One try at each server, and the time is shared among them.
        timeout: Math.ceil((firstConnectionTimeoutMs ?? FIRST_TRY_MS) / servers.length),
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_WAIT_MS,
        pingInterval: PING_EVERY_MS,
        // A password that is changed on both sides is refused for a while; that ends no service.
        ignoreAuthErrorAbort: true,
        // Once it is named, the client refuses a server that offers none.
        ...(secure ? { tls: tlsOptions(tls) } : {}),
      });
    } catch (error) {
      if (firstConnectionTimeoutMs !== undefined || !isAway(error)) throw error;
      log.warn({ reason: asError(error).message }, "waiting for NATS");
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS));
    }
  }
}

function inboxPrefixOf({ name }: Pick<BusOptions, "name">): string {
  return `_INBOX.${name}`;
}

function tlsOptions({ ca, cert, key }: NonNullable<BusPlace["tls"]> = {}): TlsOptions {
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

export function isLoginRefused(error: unknown): boolean {
  return error instanceof AuthorizationError;
}

/** Whether waiting can help. */
function isAway(error: unknown): boolean {
  return !isLoginRefused(error) && tlsAdvice("NATS", error) === undefined;
}

interface ConnectionEvents {
  turned(isConnected: boolean): void;
  refused(error: PermissionViolationError): void;
}

async function watch(
  connection: NatsConnection,
  log: BusOptions["log"],
  { turned, refused }: ConnectionEvents,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "disconnect") {
      turned(false);
      log.warn("the connection to NATS is lost; reconnecting");
    } else if (status.type === "reconnect") {
      turned(true);
      log.info("the connection to NATS is back");
    } else if (status.type === "error") {
      const { error } = status;
      if (error instanceof PermissionViolationError) refused(error);
      log.error({ err: error }, error instanceof PermissionViolationError ? NO_RIGHT : "NATS reports an error");
    }
  }
}
