import { type EventContext, handleOnceEach } from "@vigia/database";
import { describeProblems } from "@vigia/messages";
import type { IncomingMessage } from "../bus/message.ts";
import { asError, PermanentError } from "../errors.ts";
import type { TaskRunner } from "../task/run-task.ts";
import { messageAttributes, withSpan } from "../trace/span.ts";
import type { Tries } from "../tries.ts";
import type { EventConsumer } from "./event-consumer.ts";
import type { Held } from "./hold.ts";

/** A transaction that took this long is committed with what it has; the others go with the next. */
const LONG_ENOUGH_MS = 500;

export interface HeldEvent extends Held {
  readonly incoming: IncomingMessage;
  readonly tries: Tries;
  /** What it says; an error where that can't be read. */
  readonly data:
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly error: PermanentError };
}

export type Handled =
  | { readonly handled: number; readonly failed?: undefined }
  /** Nothing was committed. The failure was that of the event with this index; without one, it was nobody's. */
  | { readonly failed: Error; readonly index: number | undefined };

/**
 * Handles events in their order in one transaction, with the note of each that it was handled. Returns how many, from
 * the first; fewer than there are where that took long or `enough` aborts.
 */
export async function handleTogether(
  runner: Pick<TaskRunner, "database" | "service" | "log">,
  consumer: EventConsumer,
  events: readonly HeldEvent[],
  enough: AbortSignal,
): Promise<Handled> {
  const endsAtMs = performance.now() + LONG_ENOUGH_MS;
  let index: number | undefined;
  try {
    const handled = await runner.database.transaction({ source: runner.service }, async (tx, causedBy) => {
      let done = 0;
      // The first few show how long one takes.
      for (let some = 1; done < events.length; some *= 2) {
        const together = events.slice(done, done + some);
        const fresh = await handleOnceEach(
          tx,
          consumer.name,
          together.map(({ incoming }) => incoming.envelope.id),
        );
        for (const [offset, event] of together.entries()) {
          index = done + offset;
          if (fresh.delete(event.incoming.envelope.id)) {
            await handleOne(runner, consumer, event, causedBy(contextOf(runner.service, event)));
          }
          await event.tries.succeeded(tx);
          index = undefined;
        }
        done += together.length;
        if (enough.aborted || performance.now() > endsAtMs) break;
      }
      return done;
    });
    return { handled };
  } catch (thrown) {
    return { failed: asError(thrown), index: index ?? (events.length === 1 ? 0 : undefined) };
  }
}

async function handleOne(
  { log }: Pick<TaskRunner, "log">,
  consumer: EventConsumer,
  { incoming, data }: HeldEvent,
  tx: Parameters<EventConsumer["handle"]>[0]["tx"],
): Promise<void> {
  const { envelope, subject } = incoming;
  const attributes = messageAttributes("process", subject, envelope.id);
  await withSpan(`process ${consumer.name}`, { kind: "consumer", attributes, message: envelope }, async () => {
    if (!data.ok) throw data.error;
    const about = log.child({ consumer: consumer.name, eventId: envelope.id });
    await consumer.handle({ envelope, subject, data: data.value as never, tx, log: about });
  });
}

/** What an event says, by the consumer's schema. */
export function readEvent(consumer: EventConsumer, { body }: IncomingMessage): HeldEvent["data"] {
  if (!body.ok) return { ok: false, error: new PermanentError(body.reason) };
  const parsed = consumer.schema.safeParse(body.data);
  if (!parsed.success) return { ok: false, error: new PermanentError(describeProblems(parsed.error)) };
  return { ok: true, value: parsed.data };
}

export function contextOf(source: string, { incoming: { envelope } }: HeldEvent): EventContext {
  return { source, correlationId: envelope.correlationId, causationId: envelope.id };
}
