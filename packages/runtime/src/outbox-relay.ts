import { advanceBusMark, claimWaiting, markRelayed, type OutboxMessage } from "@vigia/database";
import type { Counter } from "prom-client";
import type { Bus } from "./bus/bus.ts";
import { type BusLosses, type BusLossesOptions, watchForBusLosses } from "./bus-losses.ts";
import { asError } from "./errors.ts";
import { setAsideOversized } from "./oversized-events.ts";
import { pause } from "./pause.ts";
import type { Component } from "./service/component.ts";
import { unless } from "./unless.ts";

const BATCH = 500;
/** Own commits wake the relay at once; this is for what an earlier process left. */
const POLL_MS = 1_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A batch takes no longer to publish; what is left of it goes with the next. Postgres ends a transaction that hangs. */
const PUBLISHING_MS = 10_000;
/** What a stopping service still publishes; it must be gone in less than ten seconds. */
const LAST_PUBLISHING_MS = 1_000;

export interface OutboxRelayOptions extends BusLossesOptions {
  /** The service whose events these are; several processes of it take turns. */
  readonly source: string;
  readonly relayed: Counter;
}

/**
 * Hands committed events to the bus, in order within each aggregate, until it is stopped. Before each batch it looks
 * whether the bus still has what it had: what it lost waits again, and goes out before anything newer does.
 */
export function startOutboxRelay(options: OutboxRelayOptions): Component {
  const { bus, log } = options;
  const losses = watchForBusLosses(options);
  const stopping = new AbortController();
  let wake = new AbortController();
  options.database.onEmitted(() => wake.abort());

  async function loop(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      try {
        // While the connection is away a publish would be kept by the client, and sent before that look at the bus.
        const relayed = bus.isConnected() ? await relayBatch(options, losses, stopping.signal) : 0;
        pauseMs = FIRST_PAUSE_MS;
        if (relayed < BATCH) await pause(POLL_MS, stopping.signal, wake.signal);
      } catch (error) {
        if (stopping.signal.aborted) break;
        log.warn({ err: error }, "relaying events failed; they wait in the outbox");
        await pause(pauseMs, stopping.signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
    // What was committed during the shutdown goes out now if it can, and with the next process if it can't.
    if (!bus.isConnected()) return;
    await relayBatch(options, losses, AbortSignal.timeout(LAST_PUBLISHING_MS)).catch((error) =>
      log.warn({ err: error }, "the last events wait in the outbox"),
    );
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
 * stream drops it. `enough` ends it early: what is left waits. Returns how many were claimed; none while another process
 * relays this source, or the bus may have lost events.
 */
async function relayBatch(options: OutboxRelayOptions, losses: BusLosses, enough: AbortSignal): Promise<number> {
  const { database, bus, source, relayed, log } = options;
  const mark = await unless(enough, losses.look());
  if (!mark) return 0;
  const { claimed, lost } = await database.transaction({ source }, async (tx) => {
    const waiting = await claimWaiting(tx, source, BATCH);
    if (waiting.length === 0) return { claimed: 0 };
    const fitting = await setAsideOversized(tx, waiting, bus.maxPayloadBytes(), log);
    const { published, failure, first, last } = await publishInOrder(bus, fitting, enough);
    // A new event in a place where the stream had one already: it lost that one after the look.
    if (first <= mark.lastSequence) return { claimed: waiting.length, lost: { ...mark, lastSequence: first - 1 } };
    await markRelayed(tx, published);
    const still = await advanceBusMark(tx, mark, last);
    if (!still) throw new Error("the bus lost events while some were relayed; they are relayed again");
    relayed.inc(published.length);
    if (failure && published.length === 0 && fitting.length === waiting.length) throw failure;
    return { claimed: waiting.length };
  });
  if (lost) await losses.answer(mark, lost);
  return claimed;
}

interface Published {
  readonly published: number[];
  readonly failure: Error | undefined;
  /** The lowest and the highest place at which the stream stored one of them now. */
  readonly first: number;
  readonly last: number;
}

/** Aggregates go side by side; within one, an event waits for the one before it, and for ever if that one fails. */
async function publishInOrder(bus: Bus, messages: readonly OutboxMessage[], enough: AbortSignal): Promise<Published> {
  const published: number[] = [];
  let failure: Error | undefined;
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  const endsAtMs = performance.now() + PUBLISHING_MS;
  const byAggregate = groupByAggregate(messages);
  const all = Promise.all(
    [...byAggregate.values()].map(async (ordered) => {
      try {
        for (const { position, subject, payload, headers } of ordered) {
          if (enough.aborted || performance.now() > endsAtMs || !bus.isConnected()) return;
          const stored = await bus.append(subject, payload, { ...headers, "ce-sequence": String(position) });
          published.push(position);
          if (stored.duplicate) continue;
          first = Math.min(first, stored.sequence);
          last = Math.max(last, stored.sequence);
        }
      } catch (error) {
        failure = asError(error);
      }
    }),
  );
  // A bus that does not answer keeps no service from stopping. What was published and not heard of is published again
  // under the same id, which the stream drops.
  await unless(enough, all).catch((error: unknown) => {
    failure = asError(error);
  });
  // An acknowledgement that comes after this is of no use to the caller any more.
  return { published: [...published], failure, first, last };
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
