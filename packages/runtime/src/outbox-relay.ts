import { claimWaiting, type Database, markRelayed, type OutboxMessage } from "@vigia/database";
import type { Counter } from "prom-client";
import type { Bus } from "./bus/bus.ts";
import type { Component } from "./service/component.ts";
import type { Logger } from "./service/logging.ts";

const BATCH = 500;
/** Own commits wake the relay at once; this is for what an earlier process left. */
const POLL_MS = 1_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface OutboxRelayOptions {
  readonly database: Database;
  readonly bus: Bus;
  /** The service whose events these are; several processes of it take turns. */
  readonly source: string;
  readonly log: Logger;
  readonly relayed: Counter;
}

/** Hands committed events to the bus, in order within each aggregate, until it is stopped. */
export function startOutboxRelay(options: OutboxRelayOptions): Component {
  const { log } = options;
  const stopping = new AbortController();
  let wake = new AbortController();
  options.database.onEmitted(() => wake.abort());

  async function loop(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      try {
        const relayed = await relayBatch(options);
        pauseMs = FIRST_PAUSE_MS;
        if (relayed < BATCH) await pause(POLL_MS, AbortSignal.any([stopping.signal, wake.signal]));
      } catch (error) {
        log.warn({ err: error }, "relaying events failed; they wait in the outbox");
        await pause(pauseMs, stopping.signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
    // What was committed during the shutdown goes out now if it can, and with the next process if it can't.
    await relayBatch(options).catch((error) => log.warn({ err: error }, "the last events wait in the outbox"));
  }

  const ended = loop();
  return {
    name: "outbox relay",
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/**
 * Relays what waits, up to `BATCH` events. A publish whose mark was then lost is repeated with the same id, and the
 * stream drops it. Returns how many were claimed.
 */
export async function relayBatch({ database, bus, source, relayed }: OutboxRelayOptions): Promise<number> {
  return database.transaction({ source }, async (tx) => {
    const waiting = await claimWaiting(tx, source, BATCH);
    if (waiting.length === 0) return 0;
    const { published, failure } = await publishInOrder(bus, waiting);
    await markRelayed(tx, published);
    relayed.inc(published.length);
    if (failure && published.length === 0) throw failure;
    return waiting.length;
  });
}

interface Published {
  readonly published: number[];
  readonly failure: Error | undefined;
}

/** Aggregates go side by side; within one, an event waits for the one before it, and for ever if that one fails. */
async function publishInOrder(bus: Bus, messages: readonly OutboxMessage[]): Promise<Published> {
  const published: number[] = [];
  let failure: Error | undefined;
  const byAggregate = groupByAggregate(messages);
  await Promise.all(
    [...byAggregate.values()].map(async (ordered) => {
      try {
        for (const { position, subject, payload, headers } of ordered) {
          await bus.publish(subject, payload, { ...headers, "ce-sequence": String(position) });
          published.push(position);
        }
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
    }),
  );
  return { published, failure };
}

function groupByAggregate(messages: readonly OutboxMessage[]): Map<string, OutboxMessage[]> {
  const groups = new Map<string, OutboxMessage[]>();
  for (const message of messages) {
    const ordered = groups.get(message.aggregate);
    if (ordered) ordered.push(message);
    else groups.set(message.aggregate, [message]);
  }
  return groups;
}

/** Resolves early where the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
