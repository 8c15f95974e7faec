import type { Envelope } from "../envelope.ts";

/** What each attribute of the envelope is for. */
export const HEADER_MEANINGS: Readonly<Record<keyof Envelope, string>> = {
  id: "Names the message; `Nats-Msg-Id` equals it, so that JetStream drops a second publish",
  source: "The service that published it",
  type: "The kind of message",
  time: "When it was made, ISO 8601, in UTC",
  subject: "What it is about, where that is said",
  correlationId: "The id of the command or tick at the root of it all",
  causationId: "The id of the message just before",
  traceparent: "Where traces are on: the span that it was made in, as the W3C's trace context says it",
  tracestate: "What tracing systems add to that",
};
