import type { PullOptions } from "./pull.ts";

const LOOK_EVERY_MS = 5_000;

type Place = Pick<PullOptions, "bus" | "stream" | "durable" | "filter">;

/**
 * A server that is killed may remember that a message was acknowledged and forget that it was removed: it lies in its
 * work queue, delivered to nobody any more, and a tick like that bars every later one of its task. The answer is called
 * where a pull brought nothing, and says whether there is such a message: two looks in a row found one, and the consumer
 * took nothing in between.
 */
export function watchForStranded(place: Place): () => Promise<boolean> {
  let lookedAt = performance.now();
  let suspected: number | undefined;
  return async () => {
    if (place.stream.retention !== "workqueue" || performance.now() - lookedAt < LOOK_EVERY_MS) return false;
    lookedAt = performance.now();
    const found = await findStranded(place);
    const isSure = found !== undefined && found === suspected;
    suspected = isSure ? undefined : found;
    return isSure;
  };
}

/**
 * How many deliveries the consumer had, where its subjects hold messages and it waits for none. What the messages say is
 * not looked at: others' lie in the same stream, and move the consumer's place in it without a delivery. The stream is
 * asked first, so that what comes meanwhile is still pending.
 */
async function findStranded({ bus, stream, durable, filter }: Place): Promise<number | undefined> {
  const { state } = await bus.manager.streams.info(stream.name, { subjects_filter: filter });
  if (Object.keys(state.subjects ?? {}).length === 0) return undefined;
  const consumer = await bus.manager.consumers.info(stream.name, durable);
  return consumer.num_pending + consumer.num_ack_pending > 0 ? undefined : consumer.delivered.consumer_seq;
}
