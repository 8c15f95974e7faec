import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { NoRespondersError, TimeoutError } from "@nats-io/transport-node";

export function isStreamNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

export function isConsumerNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound;
}

/** "maximum messages per subject exceeded": the stream holds a tick of this task already. */
const MAXIMUM_PER_SUBJECT = 10_077;

export function isRefusal(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === MAXIMUM_PER_SUBJECT;
}

export function isMessageNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound;
}

/** "JetStream system temporarily unavailable": the cluster is choosing who leads it. */
const UNAVAILABLE = 10_008;

/** A stream was made just now, and those who answer know of none. */
export class StreamUnknownError extends Error {
  override readonly name = "StreamUnknownError";
}

/** Nobody answers for it yet: a cluster, or the three servers of a stream that was just made, have to choose a leader. */
export function isLeaderless(error: unknown): boolean {
  if (error instanceof StreamUnknownError) return true;
  if (error instanceof JetStreamApiError) return error.code === UNAVAILABLE;
  return error instanceof TimeoutError || error instanceof NoRespondersError;
}

/** For what is made again as soon as it is needed. Throws what is another error. */
export function unlessLeaderless(error: unknown): undefined {
  if (!isLeaderless(error)) throw error;
}
