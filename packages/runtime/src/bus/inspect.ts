import type { ConsumerInfo } from "@nats-io/jetstream";
import { STREAMS } from "@vigia/messages";
import { isConsumerNotFound, isStreamNotFound } from "./api-error.ts";
import type { Bus } from "./bus.ts";
import { wrongFields } from "./durable.ts";
import { findDifferences } from "./streams.ts";

/** A durable consumer that should be there. */
export interface ExpectedDurable {
  readonly stream: string;
  readonly durable: string;
  readonly filter: string;
}

export interface StreamState {
  readonly name: string;
  readonly isThere: boolean;
  /** The fields of its configuration that are not as they should be. */
  readonly wrong: readonly string[];
  readonly messages: number;
  readonly bytes: number;
}

export interface ConsumerState {
  readonly stream: string;
  readonly durable: string;
  readonly isThere: boolean;
  readonly wrong: readonly string[];
  /** Messages that were never handed out. */
  readonly waiting: number;
  /** Handed out, and not answered yet. */
  readonly inHands: number;
  /** Requests for messages that are open: 0 where nobody asks. */
  readonly asking: number;
  /** Grows with each message that is handed out. */
  readonly handedOut: number;
}

export interface BusState {
  readonly version: string;
  readonly streams: readonly StreamState[];
  readonly consumers: readonly ConsumerState[];
  /** In bytes; `limit` is `undefined` where the account has none. */
  readonly storage: { readonly used: number; readonly limit: number | undefined };
}

/** Looks, and changes nothing. How many servers keep a stream counts as wrong only where `replicas` says how many should. */
export async function inspectBus(bus: Bus, durables: readonly ExpectedDurable[], replicas?: number): Promise<BusState> {
  const streams: StreamState[] = [];
  for (const definition of Object.values(STREAMS)) streams.push(await inspectStream(bus, definition.name, replicas));
  const missing = new Set(streams.filter(({ isThere }) => !isThere).map(({ name }) => name));
  const consumers: ConsumerState[] = [];
  for (const expected of durables) {
    if (!missing.has(expected.stream)) consumers.push(await inspectDurable(bus, expected));
  }
  const { storage, limits } = await bus.manager.getAccountInfo();
  const limit = limits.max_storage > 0 ? limits.max_storage : undefined;
  return { version: bus.connection.info?.version ?? "", streams, consumers, storage: { used: storage, limit } };
}

async function inspectStream(bus: Bus, name: string, replicas: number | undefined): Promise<StreamState> {
  try {
    const { config, state } = await bus.manager.streams.info(name);
    const wrong = findDifferences(config, replicas ?? config.num_replicas);
    return { name, isThere: true, wrong, messages: state.messages, bytes: state.bytes };
  } catch (error) {
    if (!isStreamNotFound(error)) throw error;
    return { name, isThere: false, wrong: [], messages: 0, bytes: 0 };
  }
}

async function inspectDurable(bus: Bus, { stream, durable, filter }: ExpectedDurable): Promise<ConsumerState> {
  const state = { stream, durable };
  try {
    const info: ConsumerInfo = await bus.manager.consumers.info(stream, durable);
    return {
      ...state,
      isThere: true,
      wrong: wrongFields(info.config, filter),
      waiting: info.num_pending,
      inHands: info.num_ack_pending,
      asking: info.num_waiting,
      handedOut: info.delivered.consumer_seq,
    };
  } catch (error) {
    if (!isConsumerNotFound(error)) throw error;
    return { ...state, isThere: false, wrong: [], waiting: 0, inHands: 0, asking: 0, handedOut: 0 };
  }
}
