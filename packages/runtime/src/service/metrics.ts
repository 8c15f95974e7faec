import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly registry: Registry;
  readonly runs: Counter<"task" | "outcome">;
  readonly runSeconds: Histogram<"task">;
  readonly items: Counter<"task">;
  readonly messages: Counter<"consumer" | "outcome">;
  readonly relayed: Counter;
  setDegraded(degraded: boolean): void;
  /** Whether Redis is away. */
  isDegraded(): boolean;
  readonly lastRead: Gauge<"consumer">;
  readonly handlingSince: Gauge<"consumer">;
  /** What `/healthz` and `/readyz` say, asked anew for `/metrics`. */
  readonly healthy: Gauge;
  readonly ready: Gauge;
}

const RUN_BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800];

/**
 * The event loop is woken so often to see whether it is late; what is measured includes this time. Every 10 ms, as is
 * usual, costs more than all else that an idle service does.
 */
const LOOP_LOOK_MS = 100;

/** Names follow https://prometheus.io/docs/practices/naming/ */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS });
  const registers = [registry];
  const trackerDegraded = new Gauge({ name: "vigia_tracker_degraded", help: "1 while Redis is away", registers });
  let isDegraded = false;
  return {
    registry,
    runs: new Counter({
      name: "vigia_runs_total",
      help: "Runs by outcome",
      labelNames: ["task", "outcome"],
      registers,
    }),
    runSeconds: new Histogram({
      name: "vigia_run_duration_seconds",
      help: "How long runs took",
      labelNames: ["task"],
      buckets: RUN_BUCKETS_SECONDS,
      registers,
    }),
    items: new Counter({
      name: "vigia_items_processed_total",
      help: "Items that runs processed",
      labelNames: ["task"],
      registers,
    }),
    messages: new Counter({
      name: "vigia_messages_total",
      help: "Messages by consumer and outcome",
      labelNames: ["consumer", "outcome"],
      registers,
    }),
    relayed: new Counter({ name: "vigia_outbox_relayed_total", help: "Events handed to the bus", registers }),
    lastRead: new Gauge({
      name: "vigia_consumer_last_read_timestamp_seconds",
      help: "When the bus last answered a consumer, with a message or without",
      labelNames: ["consumer"],
      registers,
    }),
    handlingSince: new Gauge({
      name: "vigia_consumer_handling_since_timestamp_seconds",
      help: "Since when a consumer handles the message that it has; 0 while it has none",
      labelNames: ["consumer"],
      registers,
    }),
    healthy: new Gauge({ name: "vigia_healthy", help: "1 unless a restart would help", registers }),
    ready: new Gauge({ name: "vigia_ready", help: "1 while Postgres, NATS and all parts work", registers }),
    setDegraded(degraded) {
      isDegraded = degraded;
      trackerDegraded.set(degraded ? 1 : 0);
    },
    isDegraded: () => isDegraded,
  };
}
