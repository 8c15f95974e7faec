import { handleOnce, type Transaction } from "@vigia/database";
import { describeProblems, type Envelope, STREAMS } from "@vigia/messages";
import type { z } from "zod";
import { backoffMs } from "./backoff.ts";
import type { Bus } from "./bus/bus.ts";
import { keepDeadLetter } from "./bus/dead-letter.ts";
import type { IncomingMessage } from "./bus/message.ts";
import { handlingLimitMs, pullLoop, type Verdict } from "./bus/pull.ts";
import { PermanentError } from "./errors.ts";
import { redactError } from "./redact.ts";
import type { Component } from "./service/component.ts";
import type { Logger } from "./service/logging.ts";
import type { TaskRunner } from "./task/run-task.ts";
import { failSpan } from "./trace/span.ts";
import { triesOf } from "./tries.ts";

/** An event that could not be handled this often ends as a dead letter. See `Tries` for what counts. */
const MAX_TRIES = 10;

export interface ReceivedEvent<Data> {
  readonly envelope: Envelope;
  readonly subject: string;
  readonly data: Data;
  /** Commits together with the note that this event was handled: its effect happens once. */
  readonly tx: Transaction;
  readonly log: Logger;
}

export interface EventConsumer {
  readonly name: string;
  readonly filter: string;
  readonly schema: z.ZodType;
  readonly handle: (event: ReceivedEvent<never>) => Promise<void>;
}

/** Handles every event of one kind, oldest first, each once. `name` is its place in the stream: it must stay. */
export function defineConsumer<Schema extends z.ZodType>(
  name: string,
  kind: { readonly filter: string; readonly schema: Schema },
  handle: (event: ReceivedEvent<z.infer<Schema>>) => Promise<void>,
): EventConsumer {
  return { name, filter: kind.filter, schema: kind.schema, handle: handle as EventConsumer["handle"] };
}

export function consumeEvents(bus: Bus, runner: TaskRunner, consumer: EventConsumer): Promise<Component> {
  return pullLoop({
    bus,
    stream: STREAMS.events,
    durable: consumer.name,
    filter: consumer.filter,
    description: `Handles ${consumer.filter}`,
    handlingLimitMs: handlingLimitMs(0),
    metrics: runner.metrics,
    log: runner.log,
    stopping: runner.stopping,
    restoreStreams: runner.restoreStreams,
    handle: (incoming) => handleEvent(bus, runner, consumer, incoming),
  });
}

async function handleEvent(
  bus: Bus,
  runner: TaskRunner,
  consumer: EventConsumer,
  incoming: IncomingMessage,
): Promise<Verdict> {
  const { envelope, subject, body } = incoming;
  const context = { source: runner.service, correlationId: envelope.correlationId, causationId: envelope.id };
  const log = runner.log.child({ consumer: consumer.name, eventId: envelope.id });
  const tries = triesOf(consumer.name, incoming);
  try {
    const data = parse(consumer, body);
    await runner.database.transaction(context, async (tx) => {
      if (!(await handleOnce(tx, consumer.name, envelope.id))) return;
      await consumer.handle({ envelope, subject, data: data as never, tx, log });
      await tries.succeeded(tx);
    });
    runner.metrics.messages.inc({ consumer: consumer.name, outcome: "handled" });
    return { say: "ack" };
  } catch (thrown) {
    const error = redactError(thrown, runner.redact);
    failSpan(error);
    const failures = await tries.failed(runner.database);
    if (!(error instanceof PermanentError) && failures < MAX_TRIES) {
      log.warn({ err: error, failures }, "handling an event failed; trying again");
      return { say: "retry", delayMs: backoffMs(failures) };
    }
    log.error({ err: error, failures }, "an event became a dead letter");
    await keepDeadLetter(bus, runner.database, context, {
      message: incoming,
      consumer: consumer.name,
      reason: error.message,
      tries: failures,
    });
    runner.metrics.messages.inc({ consumer: consumer.name, outcome: "dead" });
    return { say: "term" };
  }
}

function parse(consumer: EventConsumer, body: { ok: true; data: unknown } | { ok: false; reason: string }): unknown {
  if (!body.ok) throw new PermanentError(body.reason);
  const parsed = consumer.schema.safeParse(body.data);
  if (!parsed.success) throw new PermanentError(describeProblems(parsed.error));
  return parsed.data;
}
