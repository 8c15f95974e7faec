const SECOND_MS = 1_000;
const DAY_MS = 86_400 * SECOND_MS;

/** A JetStream stream in words; the runtime makes it so. Sizes in bytes, ages in milliseconds. */
export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: "workqueue" | "limits";
  readonly maxMessagesPerSubject?: number;
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  /** Beyond its limits a stream refuses what is new, per subject, or drops what is old. */
  readonly discard: "new-per-subject" | "old";
  readonly why: string;
}

/** Body and headers of one event. NATS takes 1 MiB by default; the rest is for what is added on the way. */
export const EVENT_LIMIT_BYTES = 1_000_000;

export const DUPLICATE_WINDOW_MS = 600 * SECOND_MS;

/** The lock of the process whose turn it is among those that share this consumer of events. */
export function turnOf(consumer: string): string {
  return `events:${consumer}`;
}

export const STREAMS = {
  ticks: {
    name: "VIGIA_TICKS",
    subjects: ["vigia.tick.>"],
    retention: "workqueue",
    maxMessagesPerSubject: 1,
    discard: "new-per-subject",
    why: "While a tick waits or runs, the next one of that task is refused: missed ticks coalesce, runs cannot overlap",
  },
  commands: {
    name: "VIGIA_COMMANDS",
    subjects: ["vigia.command.>"],
    retention: "workqueue",
    discard: "old",
    why: "Each command is carried out, in order per job, however long its service was down",
  },
  events: {
    name: "VIGIA_EVENTS",
    subjects: ["vigia.event.>"],
    retention: "limits",
    maxAgeMs: 7 * DAY_MS,
    maxBytes: 1_073_741_824,
    discard: "old",
    why: "Any number of consumers, each at its own pace; replay",
  },
  deadLetters: {
    name: "VIGIA_DEADLETTERS",
    subjects: ["vigia.deadletter.>"],
    retention: "limits",
    maxAgeMs: 30 * DAY_MS,
    discard: "old",
    why: "The message as it came, its headers, the error and the tries; can be replayed",
  },
} as const satisfies Record<string, StreamDefinition>;
