import { DeliverPolicy } from "@nats-io/jetstream";
import { STREAMS } from "@vigia/messages";
import type { Bus } from "./bus.ts";
import { type IncomingMessage, readMessage } from "./message.ts";

export interface WatchOptions {
  readonly bus: Bus;
  /** Subjects with wildcards. Each is read in order; between two of them there is none. */
  readonly filters: readonly string[];
  /** Start behind this place in the event stream. */
  readonly after: number;
  readonly onEvent: (event: IncomingMessage) => void;
}

export interface EventWatch {
  stop(): Promise<void>;
}

/** The place of the newest event. Throws where the stream is not there yet: no service has run. */
export async function lastEventSequence(bus: Bus): Promise<number> {
  const { state } = await bus.manager.streams.info(STREAMS.events.name);
  return state.last_seq;
}

/**
 * Reads events without a durable place in the stream: for somebody who looks on, not for effects. Nothing is missed
 * from `after` on, also across a reconnection. One consumer per filter, because older servers take a single one.
 */
export async function watchEvents({ bus, filters, after, onEvent }: WatchOptions): Promise<EventWatch> {
  const reading = await Promise.all(
    filters.map(async (filter) => {
      const consumer = await bus.client.consumers.get(STREAMS.events.name, {
        filter_subjects: filter,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: after + 1,
      });
      return consumer.consume({ callback: (message) => onEvent(readMessage(message)) });
    }),
  );
  return {
    stop: async () => {
      await Promise.all(reading.map((messages) => messages.close()));
    },
  };
}
