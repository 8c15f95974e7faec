import { turnOf } from "@vigia/messages";
import type { Lease } from "@vigia/tracker";
import { backoffMs } from "../backoff.ts";
import type { Bus } from "../bus/bus.ts";
import { keepDeadLetter } from "../bus/dead-letter.ts";
import { handlingLimitMs, LONGEST_WAIT_MS, overdue, READING_LIMIT_MS } from "../bus/pull.ts";
import { PermanentError } from "../errors.ts";
import { pause } from "../pause.ts";
import { redactError } from "../redact.ts";
import type { Component } from "../service/component.ts";
import type { TaskRunner } from "../task/run-task.ts";
import type { EventConsumer } from "./event-consumer.ts";
import { contextOf, type HeldEvent, handleTogether } from "./handle-events.ts";
import { createIntake, type Intake } from "./intake.ts";

/** An event that could not be handled this often ends as a dead letter. See `Tries` for what counts. */
const MAX_TRIES = 10;
/** Events of one transaction. */
const BATCH = 250;
/** A turn ends with its process; this is for the tracker, which has no lock without an end. */
const TURN_SECONDS = 86_400;
/** How soon a process that waits for its turn has it once the other is gone. */
const ASK_FOR_TURN_EVERY_MS = 2_000;
/** While nothing is in hand: what arrives wakes the consumer at once. */
const IDLE_MS = 1_000;

/**
 * Handles events together where it can: a transaction for many, then their acknowledgements. Of several processes one
 * has the turn, so that the order within an aggregate is that of the stream. What failed stays in hand until it is tried
 * again, and with it what follows in its aggregate; everything else goes on.
 */
export async function consumeEvents(bus: Bus, runner: TaskRunner, consumer: EventConsumer): Promise<Component> {
  const { stopping, log, metrics } = runner;
  const durable = consumer.name;
  let handlingSinceMs: number | undefined;
  const intake = await createIntake(bus, runner, consumer);
  const batches = createBatches(bus, runner, consumer, intake);

  async function handle(some: readonly HeldEvent[], over: AbortSignal): Promise<void> {
    handlingSinceMs = performance.now();
    metrics.handlingSince.set({ consumer: durable }, Date.now() / 1_000);
    try {
      await batches.handle(some, over);
    } finally {
      handlingSinceMs = undefined;
      metrics.handlingSince.set({ consumer: durable }, 0);
    }
  }

  async function work(turn: Lease, over: AbortSignal): Promise<void> {
    let failures = 0;
    while (!over.aborted && turn.isHeld()) {
      try {
        const some = (await intake.hasAllInHand()) ? batches.next() : [];
        if (some.length > 0 && turn.isHeld()) await handle(some, over);
        else await intake.arrival(IDLE_MS, over);
        failures = 0;
      } catch (error) {
        failures += 1;
        log.error({ err: error, consumer: durable }, "handling events failed; they are tried again");
        // Whatever is away, Postgres for one, is not asked in vain four times a second.
        await pause(backoffMs(failures, Math.random, LONGEST_WAIT_MS), over);
      }
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.aborted) {
      const turn = await askForTurn(runner, durable);
      if (turn) {
        const over = AbortSignal.any([turn.lost, stopping]);
        await Promise.all([intake.read(over), work(turn, over)]);
        intake.giveBack();
        await turn.release();
      } else {
        metrics.lastRead.set({ consumer: durable }, Date.now() / 1_000);
        await pause(ASK_FOR_TURN_EVERY_MS, stopping);
      }
    }
  }

  const ended = loop();
  return {
    name: durable,
    problem: (answeringSinceMs) =>
      overdue(
        `${durable} waits for an answer of the bus`,
        intake.readingSinceMs(),
        READING_LIMIT_MS,
        answeringSinceMs,
      ) ?? overdue(`${durable} handles events`, handlingSinceMs, handlingLimitMs(0), answeringSinceMs),
    waiting: () => {
      const failure = intake.failure();
      return failure && `${durable} can't read from the bus: ${failure}`;
    },
    stop: () => ended,
  };
}

async function askForTurn({ tracker, log }: TaskRunner, durable: string): Promise<Lease | undefined> {
  try {
    return await tracker.acquire(turnOf(durable), { ttlSeconds: TURN_SECONDS });
  } catch (error) {
    log.warn({ err: error, consumer: durable }, "it is not known whose turn it is; asking again");
    return undefined;
  }
}

/** Takes what is in hand, batch by batch, to its end: an acknowledgement, another try, or a dead letter. */
function createBatches(bus: Bus, runner: TaskRunner, consumer: EventConsumer, intake: Intake) {
  const { database, metrics, log } = runner;
  const outcomes = (outcome: "handled" | "dead") => metrics.messages.labels({ consumer: consumer.name, outcome });
  let limit = BATCH;

  async function bury(event: HeldEvent, reason: string, tries: number): Promise<void> {
    const context = contextOf(runner.service, event);
    log.error(
      { consumer: consumer.name, eventId: event.incoming.envelope.id, reason, tries },
      "an event became a dead letter",
    );
    const message = event.incoming;
    await keepDeadLetter(bus, database, context, { message, consumer: consumer.name, reason, tries });
    outcomes("dead").inc();
    await intake.acknowledge([event]);
  }

  async function failed(event: HeldEvent, thrown: Error): Promise<void> {
    const error = redactError(thrown, runner.redact);
    event.alone = true;
    const failures = await event.tries.failed(database);
    if (error instanceof PermanentError || failures >= MAX_TRIES) return bury(event, error.message, failures);
    const delayMs = backoffMs(failures);
    event.notBeforeMs = performance.now() + delayMs;
    const about = { consumer: consumer.name, eventId: event.incoming.envelope.id };
    log.warn({ err: error, ...about, failures, delayMs }, "handling an event failed; it is tried again");
  }

  async function handleAll(events: readonly HeldEvent[], over: AbortSignal): Promise<void> {
    const outcome = await handleTogether(runner, consumer, events, over);
    if (outcome.failed === undefined) {
      limit = BATCH;
      outcomes("handled").inc(outcome.handled);
      return intake.acknowledge(events.slice(0, outcome.handled));
    }
    const culprit = outcome.index === undefined ? undefined : events[outcome.index];
    if (culprit) {
      // Those before it have shown that they can be handled together.
      limit = Math.max(1, outcome.index ?? 0);
      return failed(culprit, outcome.failed);
    }
    for (const event of events) event.alone = true;
    throw outcome.failed;
  }

  return {
    next: () => intake.next(limit),
    async handle(events: readonly HeldEvent[], over: AbortSignal): Promise<void> {
      const [first] = events;
      try {
        await first?.tries.begun(database);
      } catch (error) {
        if (first && error instanceof PermanentError) return failed(first, error);
        throw error;
      }
      await handleAll(events, over);
    },
  };
}
