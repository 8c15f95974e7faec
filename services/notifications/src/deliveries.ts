import { setTimeout as sleep } from "node:timers/promises";
import type { Database, Delivery, Turn } from "@vigia/database";
import { CHANNELS, type Channel } from "@vigia/messages";
import { backoffMs, type Component, type Logger } from "@vigia/runtime";
import type { Counter } from "prom-client";
import { type OutsideChannel, RefusedError } from "./channels/channel.ts";

/** Subscriptions that are delivered to at the same time. */
const LANES = 8;
const LOOK_EVERY_MS = 2_000;
const BATCH = 100;
const ATTEMPT_MS = 10_000;
/** A turn begins no attempt after this; with that attempt it stays well within what it was given. */
const TURN_MS = 30_000;
const TURN_LASTS_MS = 60_000;
const LONGEST_RETRY_MS = 3_600_000;
/** As long as receivers are commonly given to come back. */
const GIVEN_UP_AFTER_MS = 3 * 86_400_000;

export type Channels = Readonly<Partial<Record<Channel, OutsideChannel>>>;

export interface DeliveriesOptions {
  readonly database: Database;
  readonly channels: Channels;
  readonly source: string;
  readonly log: Logger;
  readonly ended: Counter<"channel" | "outcome">;
}

/**
 * Tells on the channels beside the inbox what waits for them, until it is stopped: each subscription in order, by one
 * process at a time, and none waits for another's receiver. A receiver that fails is left alone for longer and longer.
 * What was sent and not put on record, because the process died in between, is sent again under the same id.
 */
export function startDeliveries(options: DeliveriesOptions): Component {
  const { database, channels, source, log } = options;
  const served = CHANNELS.filter((channel) => channels[channel]);
  const stopping = new AbortController();
  const turns = new Set<Promise<void>>();

  async function takeTurn(): Promise<Turn | undefined> {
    if (turns.size >= LANES) return undefined;
    return database
      .transaction({ source }, (tx) => tx.deliveries.take(served, TURN_LASTS_MS, BATCH))
      .catch((error) => {
        log.warn({ err: error }, "looking for what is to be delivered failed; trying again");
        return undefined;
      });
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const turn = await takeTurn();
      if (turn) {
        const serving = serveTurn(options, turn, stopping.signal)
          .catch((error: unknown) => log.warn({ err: error }, "a delivery is not on record; it is tried again"))
          .finally(() => turns.delete(serving));
        turns.add(serving);
      } else {
        const pause = sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
        await Promise.race([pause, ...turns]);
      }
    }
    await Promise.all(turns);
    for (const channel of Object.values(channels)) channel.close();
  }

  const ended = served.length > 0 ? loop() : Promise.resolve();
  return {
    name: "deliveries",
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function serveTurn(options: DeliveriesOptions, turn: Turn, stopping: AbortSignal): Promise<void> {
  const { database, channels, source } = options;
  const channel = channels[turn.channel] as OutsideChannel;
  const endsAtMs = performance.now() + TURN_MS;
  for (const parcel of parcelsOf(turn.deliveries, channel.gathersAbove)) {
    if (stopping.aborted || performance.now() > endsAtMs) break;
    const id = parcel[0].parcel ?? parcel[0].id;
    // Before it goes out: what comes while nobody knows whether the receiver has it must not be put into it.
    if (channel.gathersAbove !== undefined) await keepTogether(options, parcel, id);
    try {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(ATTEMPT_MS)]);
      await channel.send({ id, to: turn, deliveries: parcel, signal });
    } catch (error) {
      // Nobody knows whether the receiver has it.
      if (stopping.aborted) break;
      const reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof RefusedError)) return leaveAlone(options, turn, reason);
      await record(options, turn, parcel, "refused", reason);
      continue;
    }
    await record(options, turn, parcel, "delivered");
  }
  await database.transaction({ source }, (tx) => tx.deliveries.endTurn(turn));
}

async function keepTogether({ database, source }: DeliveriesOptions, parcel: readonly Delivery[], id: string) {
  if (parcel.every((delivery) => delivery.parcel === id)) return;
  const ids = parcel.map((delivery) => delivery.id);
  await database.transaction({ source }, (tx) => tx.deliveries.pack(ids, id));
}

async function record(
  { database, source, log, ended }: DeliveriesOptions,
  turn: Turn,
  parcel: readonly Delivery[],
  outcome: "delivered" | "refused",
  reason?: string,
): Promise<void> {
  const ids = parcel.map(({ id }) => id);
  await database.transaction({ source }, (tx) => tx.deliveries.end(ids, outcome, reason));
  ended.inc({ channel: turn.channel, outcome }, ids.length);
  if (reason !== undefined) log.warn({ ...about(turn), reason, ids }, "a receiver refused what it was told");
}

/** The receiver is asked no more for a while, and what has waited for too long is given up. */
async function leaveAlone(
  { database, source, log, ended }: DeliveriesOptions,
  turn: Turn,
  reason: string,
): Promise<void> {
  const failures = turn.failures + 1;
  const retryMs = backoffMs(failures, Math.random, LONGEST_RETRY_MS);
  log.warn({ ...about(turn), reason, failures, retryMs }, "a delivery failed; it is tried again");
  const givenUp = await database.transaction({ source }, async (tx) => {
    await tx.deliveries.endTurn(turn, { retryMs });
    return tx.deliveries.giveUp(turn, GIVEN_UP_AFTER_MS, reason);
  });
  if (givenUp === 0) return;
  log.error({ ...about(turn), reason, givenUp }, "given up: the receiver took nothing for three days");
  ended.inc({ channel: turn.channel, outcome: "given-up" }, givenUp);
}

function about({ channel, subscriptionId }: Turn) {
  return { channel, subscription: subscriptionId };
}

type Packed = [Delivery, ...Delivery[]];

/** What was tried before as it was, and the rest each by itself, or a flood as one. */
function parcelsOf(deliveries: readonly Delivery[], gathersAbove = Number.POSITIVE_INFINITY): Packed[] {
  const tried = new Map<string, Packed>();
  const fresh: Delivery[] = [];
  for (const delivery of deliveries) {
    const packed = delivery.parcel === null ? fresh : tried.get(delivery.parcel);
    if (packed) packed.push(delivery);
    else tried.set(delivery.parcel as string, [delivery]);
  }
  const [first, ...others] = fresh;
  if (!first) return [...tried.values()];
  if (fresh.length > gathersAbove) return [...tried.values(), [first, ...others]];
  return [...tried.values(), ...fresh.map((delivery): Packed => [delivery])];
}
