import type { Consumer } from "@nats-io/jetstream";
import type { PullOptions } from "./pull.ts";

const LOOK_EVERY_MS = 5_000;

type Place = Pick<PullOptions, "bus" | "stream" | "durable" | "filter" | "log">;

/**
 * A server that is killed may remember that a message was acknowledged and forget that it was removed: it lies in its
 * work queue, delivered to nobody any more, and a tick like that bars every later one of its task. The answer is called
 * where a pull brought nothing, with the consumer that it was made on, and gives the one to pull on next, or `undefined`
 * where that has to be made anew. A new consumer starts from the oldest message that is there; what had its effect does
 * not have it again. One with a wildcard was seen to pass over such a message (nats-server 2.9), so one for its subject
 * alone, by `makeConsumer`, comes first.
 */
export function watchForStranded(
  place: Place,
  makeConsumer: (filter: string) => Promise<Consumer>,
): (consumer: Consumer) => Promise<Consumer | undefined> {
  const { bus, stream, durable, filter, log } = place;
  const look = lookTwice(place);
  let isNarrow = false;
  return async (consumer) => {
    const subject = isNarrow ? undefined : await look();
    if (!isNarrow && subject === undefined) return consumer;
    isNarrow = false;
    await bus.manager.consumers.delete(stream.name, durable);
    if (subject === undefined) return undefined;
    const about = { consumer: durable, subject };
    log.warn(about, "the bus held a message back that it should have removed; it comes again");
    if (subject === filter) return undefined;
    const narrow = await makeConsumer(subject);
    isNarrow = true;
    return narrow;
  };
}

/** Gives the subject of a stranded message: two looks in a row found one, and the consumer took nothing in between. */
function lookTwice(place: Place): () => Promise<string | undefined> {
  let lookedAt = performance.now();
  let suspected: number | undefined;
  return async () => {
    if (place.stream.retention !== "workqueue" || performance.now() - lookedAt < LOOK_EVERY_MS) return undefined;
    lookedAt = performance.now();
    const found = await findStranded(place);
    const isSure = found !== undefined && found.deliveries === suspected;
    suspected = isSure ? undefined : found?.deliveries;
    return isSure ? found.subject : undefined;
  };
}

interface Stranded {
  readonly subject: string;
  /** How many deliveries the consumer had. */
  readonly deliveries: number;
}

/**
 * Something where the consumer's subjects hold messages and it waits for none. What the messages say is not looked at:
 * others' lie in the same stream, and move the consumer's place in it without a delivery. The stream is asked first, so
 * that what comes meanwhile is still pending.
 */
async function findStranded({ bus, stream, durable, filter }: Place): Promise<Stranded | undefined> {
  const { state } = await bus.manager.streams.info(stream.name, { subjects_filter: filter });
  const [subject] = Object.keys(state.subjects ?? {});
  if (subject === undefined) return undefined;
  const consumer = await bus.manager.consumers.info(stream.name, durable);
  const waits = consumer.num_pending + consumer.num_ack_pending > 0;
  return waits ? undefined : { subject, deliveries: consumer.delivered.consumer_seq };
}
