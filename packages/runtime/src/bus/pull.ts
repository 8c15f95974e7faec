import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, JsMsg } from "@nats-io/jetstream";
import type { StreamDefinition } from "@vigia/messages";
import { backoffMs } from "../backoff.ts";
import { asError } from "../errors.ts";
import type { Component } from "../service/component.ts";
import type { Logger } from "../service/logging.ts";
import type { Metrics } from "../service/metrics.ts";
import { describeSpan, failSpan, messageAttributes, withSpan } from "../trace/span.ts";
import { isStreamNotFound, unlessLeaderless } from "./api-error.ts";
import type { Bus } from "./bus.ts";
import { ensureDurable, PULL_EXPIRES_MS, WORKING_EVERY_MS } from "./durable.ts";
import { type IncomingMessage, readMessage } from "./message.ts";
import { watchForStranded } from "./stranded.ts";

/** Longest wait where reading or handling fails again and again: what was away is noticed this soon when it is back. */
export const LONGEST_WAIT_MS = 10_000;
/** A pull that neither brought a message nor ended for this long has hung. */
export const READING_LIMIT_MS = 60_000;
/** What handling may take beyond a run: its lock, its record, an acknowledgement; or an event's one transaction. */
const HANDLING_GRACE_MS = 120_000;

/** What becomes of a delivered message. `keep`: nothing is said to the server, somebody else holds it now. */
export type Verdict = { readonly say: "ack" | "term" | "keep" } | { readonly say: "retry"; readonly delayMs: number };

export interface PullOptions {
  readonly bus: Bus;
  readonly stream: StreamDefinition;
  /** The durable consumer's name, which is also the loop's. */
  readonly durable: string;
  readonly filter: string;
  readonly description: string;
  readonly handle: (message: IncomingMessage) => Promise<Verdict>;
  /** A message that is handled for longer than this has got stuck. */
  readonly handlingLimitMs: number;
  readonly metrics: Pick<Metrics, "lastRead" | "handlingSince">;
  readonly log: Logger;
  /** Aborts when the service stops: nothing new is taken from then on. */
  readonly stopping: AbortSignal;
  /** Makes the streams anew, should the server have lost them. */
  readonly restoreStreams: () => Promise<void>;
}

/**
 * Takes one message at a time from a durable consumer. One, because waiting messages would time out and be delivered
 * to somebody else as well. While a message is handled the server is told so; a process that hangs stops telling.
 * The number of deliveries is unlimited: the handler alone decides that a message ends.
 */
export async function pullLoop(options: PullOptions): Promise<Component> {
  const { durable, handlingLimitMs, log, stopping } = options;
  /** In a row. Whatever is away, Postgres for one, is not asked in vain four times a second. */
  let handlingFailures = 0;
  let readingFailure: string | undefined;
  let readingSinceMs: number | undefined;
  let handlingSinceMs: number | undefined;
  const place = { ...options, inHands: { exactly: 1 } };
  let consumer: Consumer | undefined = await ensureDurable(place).catch(unlessLeaderless);
  const freeStranded = watchForStranded(options, (filter) => ensureDurable({ ...place, filter }));

  async function read(): Promise<JsMsg | null> {
    readingSinceMs = performance.now();
    try {
      consumer ??= await ensureDurable(place).catch(async (error: unknown) => {
        if (!isStreamNotFound(error)) throw error;
        await options.restoreStreams();
        return ensureDurable(place);
      });
      const message = await consumer.next({ expires: PULL_EXPIRES_MS });
      if (!message) consumer = await freeStranded(consumer);
      readingFailure = undefined;
      options.metrics.lastRead.set({ consumer: durable }, Date.now() / 1_000);
      return message;
    } catch (error) {
      consumer = undefined;
      readingFailure = asError(error).message;
      throw error;
    } finally {
      readingSinceMs = undefined;
    }
  }

  async function handle(message: JsMsg): Promise<void> {
    handlingSinceMs = performance.now();
    options.metrics.handlingSince.set({ consumer: durable }, Date.now() / 1_000);
    try {
      handlingFailures = (await answer(options, message, handlingFailures)) ? 0 : handlingFailures + 1;
    } finally {
      handlingSinceMs = undefined;
      options.metrics.handlingSince.set({ consumer: durable }, 0);
    }
  }

  async function loop(): Promise<void> {
    let failures = 0;
    while (!stopping.aborted) {
      try {
        const message = await read();
        failures = 0;
        if (message && stopping.aborted) message.nak();
        else if (message) await handle(message);
      } catch (error) {
        if (stopping.aborted) return;
        log.warn({ err: error, consumer: durable }, "reading from the bus failed; trying again");
        failures += 1;
        const waitMs = backoffMs(failures, Math.random, LONGEST_WAIT_MS);
        await sleep(waitMs, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }

  const ended = loop();
  return {
    name: durable,
    problem: (answeringSinceMs) =>
      overdue(`${durable} waits for an answer of the bus`, readingSinceMs, READING_LIMIT_MS, answeringSinceMs) ??
      overdue(`${durable} handles one message`, handlingSinceMs, handlingLimitMs, answeringSinceMs),
    waiting: () => readingFailure && `${durable} can't read from the bus: ${readingFailure}`,
    stop: () => ended,
  };
}

/** How long the handling of one message may take whose run has this limit. */
export function handlingLimitMs(runLimitSeconds: number): number {
  return runLimitSeconds * 1_000 + HANDLING_GRACE_MS;
}

/** Says so where it has gone on for longer than its limit; counted from `atLeastMs`, when what it may wait for was there. */
export function overdue(
  what: string,
  sinceMs: number | undefined,
  limitMs: number,
  atLeastMs: number,
): string | undefined {
  if (sinceMs === undefined) return undefined;
  const forMs = performance.now() - Math.max(sinceMs, atLeastMs);
  if (forMs <= limitMs) return undefined;
  return `${what} since ${Math.round(forMs / 1_000)} s; more than ${limitMs / 1_000} s is too long`;
}

/** False: there is no verdict, for the handler itself failed. The message comes again, later after each such failure. */
async function answer(options: PullOptions, message: JsMsg, failuresBefore: number): Promise<boolean> {
  const { durable, log } = options;
  const comesAgain = (thrown: unknown) => {
    const error = asError(thrown);
    failSpan(error);
    const delayMs = backoffMs(failuresBefore + 1, Math.random, LONGEST_WAIT_MS);
    const about = { consumer: durable, subject: message.subject, delayMs };
    log.error({ err: error, ...about }, "handling a message failed; it comes again");
    message.nak(delayMs);
    return false;
  };
  const working = setInterval(() => message.working(), WORKING_EVERY_MS);
  try {
    const incoming = readMessage(message);
    const { envelope, subject } = incoming;
    const attributes = messageAttributes("process", subject, envelope.id);
    // What fails is logged within the span too, so that the line names it.
    return await withSpan(`process ${durable}`, { kind: "consumer", attributes, message: envelope }, () =>
      settle(options, message, incoming).then(() => true, comesAgain),
    );
  } catch (thrown) {
    return comesAgain(thrown);
  } finally {
    clearInterval(working);
  }
}

async function settle({ handle }: PullOptions, message: JsMsg, incoming: IncomingMessage): Promise<void> {
  const verdict = await handle(incoming);
  describeSpan({ "vigia.verdict": verdict.say });
  if (verdict.say === "ack") await message.ackAck();
  else if (verdict.say === "term") message.term();
  else if (verdict.say === "retry") message.nak(verdict.delayMs);
}
