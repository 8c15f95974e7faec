import { AckPolicy, type Consumer, type ConsumerConfig, DeliverPolicy } from "@nats-io/jetstream";
import type { StreamDefinition } from "@vigia/messages";
import { isConsumerNotFound } from "./api-error.ts";
import type { Bus } from "./bus.ts";

export type { Consumer, JsMsg as Delivery } from "@nats-io/jetstream";

/** An unacknowledged message comes again after this; a living handler says every `WORKING_EVERY_MS` that it works. */
const ACK_WAIT_MS = 4_500;
export const WORKING_EVERY_MS = 1_500;
/** How long a pull waits for messages. What comes again, the server may give to the next pull alone: it is not far off. */
export const PULL_EXPIRES_MS = 1_000;
const NANOSECONDS_PER_MS = 1_000_000;

/** A durable consumer of a stream. */
export interface DurableOptions {
  readonly bus: Bus;
  readonly stream: StreamDefinition;
  readonly durable: string;
  readonly filter: string;
  readonly description: string;
  /**
   * How many messages may be in hands at once. `atLeast`: a consumer that allows more is left so. During a rolling
   * update an older process then takes nothing from a newer one, whichever starts last.
   */
  readonly inHands: { readonly exactly: number } | { readonly atLeast: number };
}

/** What handling each message once rests on. */
function promised(filter: string) {
  return { filter_subject: filter, ack_wait: ACK_WAIT_MS * NANOSECONDS_PER_MS, max_deliver: -1 };
}

/** The fields of a consumer that are not as its service makes them. */
export function wrongFields(config: ConsumerConfig, filter: string): string[] {
  const wanted = Object.entries({ ...promised(filter), ack_policy: AckPolicy.Explicit });
  return wanted.filter(([field, value]) => config[field as keyof ConsumerConfig] !== value).map(([field]) => field);
}

/** Creates or updates the consumer, only where something differs. Deliveries have no limit: the handler alone ends a message. */
export async function ensureDurable(options: DurableOptions): Promise<Consumer> {
  const { bus, stream, durable, filter, description, inHands } = options;
  const wanted = { description, ...promised(filter) };
  try {
    const { config } = await bus.manager.consumers.info(stream.name, durable);
    const allowed = "exactly" in inHands ? inHands.exactly : Math.max(inHands.atLeast, config.max_ack_pending ?? 0);
    const full = { ...wanted, max_ack_pending: allowed };
    const isSo = Object.entries(full).every(([field, value]) => config[field as keyof typeof full] === value);
    if (!isSo) await bus.manager.consumers.update(stream.name, durable, full);
  } catch (error) {
    if (!isConsumerNotFound(error)) throw error;
    await bus.manager.consumers.add(stream.name, {
      ...wanted,
      max_ack_pending: "exactly" in inHands ? inHands.exactly : inHands.atLeast,
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
  }
  return bus.client.consumers.get(stream.name, durable);
}
