import type { PullOptions } from "./pull.ts";

const LOOK_EVERY_MS = 5_000;

type Place = Pick<PullOptions, "bus" | "stream" | "durable" | "filter">;

/**
 * A server that is killed may remember that a message was acknowledged and forget that it was removed: it lies in its
 * work queue, delivered to nobody any more, and a tick like that bars every later one of its task. The answer is called
 * where a pull brought nothing, and says whether there is such a message: one that two looks in a row found.
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

/** The newest message of the consumer's, where the consumer is past it and waits for none. */
async function findStranded({ bus, stream, durable, filter }: Place): Promise<number | undefined> {
  const consumer = await bus.manager.consumers.info(stream.name, durable);
  if (consumer.num_pending + consumer.num_ack_pending > 0) return undefined;
  const newest = await bus.manager.streams.getMessage(stream.name, { last_by_subj: filter });
  return newest && newest.seq <= consumer.delivered.stream_seq ? newest.seq : undefined;
}
