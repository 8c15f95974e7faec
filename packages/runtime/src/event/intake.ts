import { STREAMS } from "@vigia/messages";
import { backoffMs } from "../backoff.ts";
import { isStreamNotFound, unlessLeaderless } from "../bus/api-error.ts";
import type { Bus } from "../bus/bus.ts";
import { type Consumer, type Delivery, ensureDurable, PULL_EXPIRES_MS, WORKING_EVERY_MS } from "../bus/durable.ts";
import { deliveryOf, placeOf, readMessage } from "../bus/message.ts";
import { LONGEST_WAIT_MS } from "../bus/pull.ts";
import { asError } from "../errors.ts";
import { pause } from "../pause.ts";
import type { TaskRunner } from "../task/run-task.ts";
import { triesOf } from "../tries.ts";
import type { EventConsumer } from "./event-consumer.ts";
import { type HeldEvent, readEvent } from "./handle-events.ts";
import { createHold } from "./hold.ts";

/** Events that may be in hand at once, those that wait for another try included. */
const IN_HAND = 1_000;
/** Asked for at once. */
const PULL = 250;
/** What another process had in its hands when it ended comes within the ack wait; this is twice as long. */
const LONGEST_DOUBT_MS = 15_000;
const FIRST_LOOK_MS = 2;
const LONGEST_LOOK_MS = 200;

interface Delivered extends HeldEvent {
  message: Delivery;
}

/** What one process has of its consumer in its hands. While it has it, the server is told so. */
export interface Intake {
  /** Takes events in hand until `over` aborts, and resolves when none come any more. */
  read(over: AbortSignal): Promise<void>;
  /** See `Hold`. */
  next(limit: number): HeldEvent[];
  /**
   * Whether nothing is in other hands. An event that is might be of the same aggregate and come first: a process that
   * ended had it, and it is about to come here. Waits a little for that; gives up in the end.
   */
  hasAllInHand(): Promise<boolean>;
  /** They are done with; waits until the server has heard it. */
  acknowledge(events: readonly HeldEvent[]): Promise<void>;
  /** Resolves when an event arrives, or one can be tried again, or after `ms`. */
  arrival(ms: number, over: AbortSignal): Promise<void>;
  /** Hands everything back, for the next process. */
  giveBack(): void;
  readingSinceMs(): number | undefined;
  /** Why nothing can be read, where that is so. */
  failure(): string | undefined;
}

export async function createIntake(bus: Bus, runner: TaskRunner, consumer: EventConsumer): Promise<Intake> {
  const { log, metrics, tracker } = runner;
  const hold = createHold<Delivered>();
  const place = {
    ...{ bus, stream: STREAMS.events, durable: consumer.name, filter: consumer.filter },
    ...{ description: `Handles ${consumer.filter}`, inHands: { atLeast: IN_HAND } },
  };
  let durable: Consumer | undefined = await ensureDurable(place).catch(unlessLeaderless);
  let readingSinceMs: number | undefined;
  let readingFailure: string | undefined;
  let doubtSinceMs: number | undefined;
  let lookMs = FIRST_LOOK_MS;
  let wake = new AbortController();
  let room = new AbortController();

  function take(message: Delivery): void {
    const incoming = readMessage(message);
    const { envelope, subject, sequence } = incoming;
    const data = readEvent(consumer, incoming);
    const aggregate = envelope.subject ?? subject.slice(subject.lastIndexOf(".") + 1);
    const tries = triesOf(consumer.name, incoming, tracker.owner);
    const alone = !data.ok || incoming.deliveries > 1;
    const event: Delivered = { message, incoming, data, aggregate, tries, sequence, alone, notBeforeMs: 0 };
    hold.add(event, (known) => {
      if (placeOf(known.incoming) === placeOf(incoming)) {
        known.message = message;
        return;
      }
      // A stream that was made anew counts from one again. What the old one lost is told again.
      hold.remove([known]);
      hold.add(event, () => {});
    });
    wake.abort();
  }

  function acknowledgeOne(message: Delivery): Promise<unknown> {
    const delivery = deliveryOf(message.info);
    return delivery === undefined ? message.ackAck() : bus.acknowledge(delivery);
  }

  async function pull(): Promise<void> {
    readingSinceMs = performance.now();
    try {
      durable ??= await ensureDurable(place).catch(async (error: unknown) => {
        if (!isStreamNotFound(error)) throw error;
        await runner.restoreStreams();
        return ensureDurable(place);
      });
      const max_messages = Math.min(PULL, IN_HAND - hold.size);
      for await (const message of await durable.fetch({ max_messages, expires: PULL_EXPIRES_MS })) take(message);
      readingFailure = undefined;
      metrics.lastRead.set({ consumer: consumer.name }, Date.now() / 1_000);
    } catch (error) {
      durable = undefined;
      readingFailure = asError(error).message;
      throw error;
    } finally {
      readingSinceMs = undefined;
    }
  }

  async function read(over: AbortSignal): Promise<void> {
    const working = setInterval(() => {
      for (const { message } of hold.all()) message.working();
    }, WORKING_EVERY_MS);
    let failures = 0;
    while (!over.aborted) {
      try {
        room = new AbortController();
        if (hold.size < IN_HAND) await pull();
        else await pause(PULL_EXPIRES_MS, over, room.signal);
        failures = 0;
      } catch (error) {
        if (over.aborted) break;
        failures += 1;
        log.warn({ err: error, consumer: consumer.name }, "reading from the bus failed; trying again");
        await pause(backoffMs(failures, Math.random, LONGEST_WAIT_MS), over);
      }
    }
    clearInterval(working);
  }

  return {
    read,
    next: (limit) => hold.next(performance.now(), limit),
    async hasAllInHand() {
      if (hold.size === 0) return true;
      const { num_ack_pending } = await bus.manager.consumers.info(STREAMS.events.name, consumer.name);
      if (num_ack_pending <= hold.size) {
        doubtSinceMs = undefined;
        lookMs = FIRST_LOOK_MS;
        return true;
      }
      doubtSinceMs ??= performance.now();
      if (performance.now() - doubtSinceMs < LONGEST_DOUBT_MS) return false;
      log.warn(
        { consumer: consumer.name, others: num_ack_pending - hold.size },
        "events stay in other hands; going on",
      );
      return true;
    },
    async acknowledge(events) {
      const mine = hold.remove(events as readonly Delivered[]);
      room.abort();
      const acks = await Promise.allSettled(mine.map(({ message }) => acknowledgeOne(message)));
      // It comes again, and is known to be handled.
      const lost = acks.find((ack) => ack.status === "rejected");
      if (lost) log.warn({ err: lost.reason, consumer: consumer.name }, "an acknowledgement was not confirmed");
    },
    async arrival(ms, over) {
      if (doubtSinceMs !== undefined) {
        lookMs = Math.min(lookMs * 2, LONGEST_LOOK_MS);
        return pause(lookMs, over);
      }
      wake = new AbortController();
      const nowMs = performance.now();
      if (hold.next(nowMs, 1).length > 0) return;
      await pause(Math.min(ms, hold.nextDueMs(nowMs) - nowMs), over, wake.signal);
    },
    giveBack() {
      for (const { message } of hold.clear()) message.nak();
      doubtSinceMs = undefined;
    },
    readingSinceMs: () => readingSinceMs,
    failure: () => readingFailure,
  };
}
