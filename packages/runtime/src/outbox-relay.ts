import {
  advanceBusMark,
  type BusMark,
  claimWaiting,
  isAnyWaiting,
  markRelayed,
  type OutboxMessage,
  type Transaction,
} from "@vigia/database";
import { STREAMS } from "@vigia/messages";
import type { Counter } from "prom-client";
import type { Bus } from "./bus/bus.ts";
import { type BusLosses, type BusLossesOptions, watchForBusLosses } from "./bus-losses.ts";
import { asError } from "./errors.ts";
import { setAsideOversized } from "./oversized-events.ts";
import { pause } from "./pause.ts";
import type { Component } from "./service/component.ts";
import { unless } from "./unless.ts";

const BATCH = 500;
/** In one transaction: as many events may be published again, and dropped by the stream, where its commit is lost. */
const BATCHES_TOGETHER = 8;
/** Own commits wake the relay at once; this is for what an earlier process left, and for what waits for another source. */
const POLL_MS = 1_000;
/** While nothing waits, the bus is looked at so often. */
const LOOK_EVERY_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Publishing takes no longer within a transaction; what is left goes with the next. Postgres ends a transaction that hangs. */
const PUBLISHING_MS = 10_000;
/** What a stopping service still publishes; it must be gone in less than ten seconds. */
const LAST_PUBLISHING_MS = 1_000;

export interface OutboxRelayOptions extends BusLossesOptions {
  /** The service whose events these are; several processes of it take turns. */
  readonly source: string;
  readonly relayed: Counter;
}

/**
 * Hands committed events to the bus, in order within each aggregate, until it is stopped. Before each transaction it
 * looks whether the bus still has what it had: what it lost waits again, and goes out before anything newer does.
 */
export function startOutboxRelay(options: OutboxRelayOptions): Component {
  const { bus, log } = options;
  const losses = watchForBusLosses(options);
  const stopping = new AbortController();
  let wake = new AbortController();
  options.database.onEmitted(() => wake.abort());

  /** Until there may be something to relay, or the bus is to be looked at again. */
  async function idle(left: Left): Promise<void> {
    const lookAtMs = performance.now() + (left === "nothing" ? LOOK_EVERY_MS : 0);
    do await pause(POLL_MS, stopping.signal, wake.signal);
    while (
      !stopping.signal.aborted &&
      !wake.signal.aborted &&
      performance.now() < lookAtMs &&
      !(await isAnyWaiting(options.database, options.source))
    );
  }

  async function loop(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      try {
        // While the connection is away a publish would be kept by the client, and sent before that look at the bus.
        const left = bus.isConnected() ? await relayWaiting(options, losses, stopping.signal) : "later";
        pauseMs = FIRST_PAUSE_MS;
        if (left !== "more") await idle(left);
      } catch (error) {
        if (stopping.signal.aborted) break;
        log.warn({ err: error }, "relaying events failed; they wait in the outbox");
        await pause(pauseMs, stopping.signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
    // What was committed during the shutdown goes out now if it can, and with the next process if it can't.
    if (!bus.isConnected()) return;
    await relayWaiting(options, losses, AbortSignal.timeout(LAST_PUBLISHING_MS)).catch((error) =>
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

/** What waits still: more that can go at once; what goes later, as the bus is away or may have lost events; or nothing known. */
type Left = "more" | "later" | "nothing";

/**
 * Relays what waits, up to `BATCHES_TOGETHER` batches in one transaction: while one is on its way, Postgres notes the one
 * before as relayed and finds the next. A publish whose mark was then lost is repeated with the same id, and the stream
 * drops it. `enough` ends it early: what is left waits.
 */
async function relayWaiting(options: OutboxRelayOptions, losses: BusLosses, enough: AbortSignal): Promise<Left> {
  const { database, source, relayed } = options;
  const mark = await unless(enough, losses.look());
  if (!mark) return "later";
  const { count, lost, more } = await database.transaction({ source }, (tx) => relayBatches(options, tx, mark, enough));
  if (lost) await losses.answer(mark, lost);
  relayed.inc(count);
  return more ? "more" : "nothing";
}

interface Relayed {
  readonly count: number;
  /** Where the stream goes on from, if it lost what it had behind that. */
  readonly lost?: BusMark;
  readonly more: boolean;
}

async function relayBatches(
  { bus, source, log }: OutboxRelayOptions,
  tx: Transaction,
  mark: BusMark,
  enough: AbortSignal,
): Promise<Relayed> {
  const endsAtMs = performance.now() + PUBLISHING_MS;
  let known = mark.lastSequence;
  let count = 0;
  let noted = Promise.resolve();
  let waiting = await claimWaiting(tx, source, BATCH);
  let more = false;
  for (let batch = 1; waiting.length > 0; batch += 1) {
    const fitting = await setAsideOversized(tx, waiting, bus.maxPayloadBytes(), log);
    more = waiting.length === BATCH;
    const isLast = !more || batch === BATCHES_TOGETHER;
    const [{ published, failure, first, last }, next] = await Promise.all([
      publishInOrder(bus, fitting, enough, endsAtMs),
      isLast ? [] : claimWaiting(tx, source, BATCH, waiting.at(-1)?.position),
      noted,
    ]);
    // A new event in a place where the stream had one already: it lost that one after the look.
    if (first <= known) return { count: 0, lost: { ...mark, lastSequence: first - 1 }, more: true };
    known = Math.max(known, last);
    count += published.length;
    noted = markRelayed(tx, published);
    // Whoever waits for it next hears of a failure; until then it is nobody's.
    noted.catch(() => undefined);
    if (failure && count === 0 && fitting.length === waiting.length) {
      await noted;
      throw failure;
    }
    // What could not go now goes before anything that is behind it.
    const isWhole = published.length === fitting.length;
    more &&= isWhole;
    waiting = isWhole ? next : [];
  }
  await noted;
  if (count > 0 && !(await advanceBusMark(tx, mark, known))) {
    throw new Error("the bus lost events while some were relayed; they are relayed again");
  }
  return { count, more };
}

interface Published {
  readonly published: readonly OutboxMessage[];
  readonly failure: Error | undefined;
  /** The lowest and the highest place at which the stream stored one of them now. */
  readonly first: number;
  readonly last: number;
}

/** Aggregates go side by side; within one, an event waits for the one before it, and for ever if that one fails. */
async function publishInOrder(
  bus: Bus,
  messages: readonly OutboxMessage[],
  enough: AbortSignal,
  endsAtMs: number,
): Promise<Published> {
  const published: OutboxMessage[] = [];
  let failure: Error | undefined;
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  const byAggregate = groupByAggregate(messages);
  const all = Promise.all(
    [...byAggregate.values()].map(async (ordered) => {
      try {
        for (const message of ordered) {
          const { position, subject, body, headers } = message;
          if (enough.aborted || performance.now() > endsAtMs || !bus.isConnected()) return;
          const stored = await bus.append(subject, body, { ...headers, "ce-sequence": String(position) });
          published.push(message);
          // A command that was given with a change lies in another stream, of which nothing is remembered here.
          if (stored.duplicate || stored.stream !== STREAMS.events.name) continue;
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
