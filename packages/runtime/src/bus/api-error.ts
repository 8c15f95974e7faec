import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";

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
