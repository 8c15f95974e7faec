import { setTimeout as sleep } from "node:timers/promises";
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { DUPLICATE_WINDOW_MS, STREAMS, type StreamDefinition } from "@vigia/messages";
import { asError, ConfigurationError } from "../errors.ts";
import type { Logger } from "../service/logging.ts";
import { isLeaderless, isStreamNotFound, StreamUnknownError } from "./api-error.ts";
import type { Bus } from "./bus.ts";

const NANOSECONDS_PER_MS = 1_000_000;
const ASK_AGAIN_MS = 500;

/**
 * As `ensureStreams`, and waits for a cluster in which nobody answers yet, for as long as that lasts: services that
 * start together ask for a stream in the very moment in which another one's is made, and its servers choose a leader.
 */
export async function awaitStreams(bus: Bus, replicas: number, log: Logger): Promise<void> {
  for (;;) {
    try {
      return await ensureStreams(bus, replicas, log);
    } catch (error) {
      if (!isLeaderless(error)) throw error;
      log.warn({ reason: asError(error).message }, "waiting for NATS to answer for its streams");
      await sleep(ASK_AGAIN_MS);
    }
  }
}

/**
 * Creates or updates the streams, only where something differs, and reads each back: an old server drops silently
 * what it does not know. Throws `ConfigurationError` that names the stream and the field.
 */
export async function ensureStreams(bus: Bus, replicas: number, log: Logger): Promise<void> {
  for (const definition of Object.values(STREAMS)) await ensureStream(bus, definition, replicas, log);
}

async function ensureStream(bus: Bus, definition: StreamDefinition, replicas: number, log: Logger): Promise<void> {
  const { name } = definition;
  const wanted = configOf(definition, replicas);
  const current = await readConfig(bus, name);
  if (current && differences(wanted, current).length === 0) return;
  try {
    if (current) await bus.manager.streams.update(name, wanted);
    else await bus.manager.streams.add({ name, ...wanted });
  } catch (error) {
    // A server that makes it for another service just now says that the subjects overlap.
    const others = await readConfig(bus, name);
    if (others && differences(wanted, others).length === 0) return;
    if (isLeaderless(error)) throw error;
    const fields = current ? differences(wanted, current).join(", ") : "new stream";
    throw new ConfigurationError([`stream ${name} (${fields}): ${error instanceof Error ? error.message : error}`]);
  }
  const kept = await readConfig(bus, name);
  if (!kept) throw new StreamUnknownError(`stream ${name}: it was made just now, and the server does not know of it`);
  const dropped = differences(wanted, kept);
  if (dropped.length) throw new ConfigurationError([`stream ${name}: the server dropped ${dropped.join(", ")}`]);
  log.info({ stream: name, created: !current }, "the stream is as it should be");
}

/** The fields of a stream of ours that are not as they should be. */
export function findDifferences(current: StreamConfig, replicas: number): string[] {
  const definition = Object.values(STREAMS).find(({ name }) => name === current.name);
  return definition ? differences(configOf(definition, replicas), current) : [];
}

async function readConfig(bus: Bus, name: string): Promise<Partial<StreamConfig> | undefined> {
  try {
    return (await bus.manager.streams.info(name)).config;
  } catch (error) {
    if (isStreamNotFound(error)) return undefined;
    throw error;
  }
}

type WantedConfig = Omit<Partial<StreamConfig>, "name"> & Pick<StreamConfig, "subjects">;

function configOf(definition: StreamDefinition, replicas: number): WantedConfig {
  return {
    subjects: [...definition.subjects],
    retention: definition.retention === "workqueue" ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    duplicate_window: DUPLICATE_WINDOW_MS * NANOSECONDS_PER_MS,
    discard: definition.discard === "old" ? DiscardPolicy.Old : DiscardPolicy.New,
    ...(definition.discard === "new-per-subject" ? { discard_new_per_subject: true } : {}),
    ...(definition.maxMessagesPerSubject ? { max_msgs_per_subject: definition.maxMessagesPerSubject } : {}),
    ...(definition.maxAgeMs ? { max_age: definition.maxAgeMs * NANOSECONDS_PER_MS } : {}),
    ...(definition.maxBytes ? { max_bytes: definition.maxBytes } : {}),
  };
}

function differences(wanted: WantedConfig, current: Partial<StreamConfig>): string[] {
  return Object.entries(wanted)
    .filter(([field, value]) => JSON.stringify(current[field as keyof StreamConfig]) !== JSON.stringify(value))
    .map(([field]) => field);
}
