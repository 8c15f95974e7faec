import { setTimeout as sleep } from "node:timers/promises";
import { STREAMS } from "@vigia/messages";
import type { Bus } from "@vigia/runtime";
import type { DeliveryCount } from "./history.ts";

const LOOK_EVERY_MS = 500;
const LONG_RUNS_CONSUMER = "consistency-deep-check";

/** Asks the bus again and again how many messages it has delivered to the long runs' consumer. */
export function watchDeliveries(bus: Bus): { stop(): Promise<DeliveryCount[]> } {
  const stopping = new AbortController();
  const counts: DeliveryCount[] = [];

  async function look() {
    const askedAt = Date.now();
    const { delivered } = await bus.manager.consumers.info(STREAMS.ticks.name, LONG_RUNS_CONSUMER);
    counts.push({ askedAt, answeredAt: Date.now(), deliveries: delivered.consumer_seq });
  }

  async function loop() {
    while (!stopping.signal.aborted) {
      // Where NATS is away, that is a fault which is known.
      await look().catch(() => undefined);
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const ended = loop();
  return {
    async stop() {
      stopping.abort();
      await ended;
      return counts;
    },
  };
}
