import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "../log.ts";

/** Everything that the tracker keeps in Redis begins with this. */
export const KEY_PREFIX = "vigia:";

const RECONNECT_EVERY_MS = 250;
const PROBE_TTL_MS = 1_000;
/** How many command timeouts the making of a connection may take. */
const CONNECT_TIMEOUTS = 2;

/** A connection whose commands fail rather than wait: no queue while it is away, no second try, no answer without end. */
export function createRedisConnection(where: string | RedisOptions, commandTimeoutMs: number): Redis {
  const options: RedisOptions = {
    keyPrefix: KEY_PREFIX,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUTS * commandTimeoutMs,
    disconnectTimeout: commandTimeoutMs,
    retryStrategy: () => RECONNECT_EVERY_MS,
  };
  const redis = typeof where === "string" ? new Redis(where, options) : new Redis({ ...where, ...options });
  // Each failing call rejects and the circuit reports; without a listener ioredis would print every attempt.
  redis.on("error", () => {});
  return redis;
}

/**
 * Resolves when Redis takes a write. One that gives no answer gets a new connection: a socket whose other end went away
 * without a word would stay silent for minutes.
 */
export async function probeRedis(redis: Redis): Promise<void> {
  try {
    await redis.set("probe", "", "PX", PROBE_TTL_MS);
  } catch (error) {
    const timedOut = error instanceof Error && error.message === "Command timed out";
    if (timedOut && redis.status === "ready") redis.disconnect(true);
    throw error;
  }
}

/** Warns of a Redis that loses what it was given, after a crash or when its memory is full. */
export async function warnOfForgetting(redis: Redis, log: Log): Promise<void> {
  let info: string;
  try {
    info = await redis.info();
  } catch (error) {
    return log.info({ reason: String(error) }, "redis does not tell whether it forgets");
  }
  const read = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(info)?.[1];
  if (read("aof_enabled") === "0") {
    log.warn({}, "redis has no AOF: a crash loses locks and states, and a fence counter that it keeps can go back");
  }
  const policy = read("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    log.warn({ policy }, "redis evicts keys when its memory is full: locks and states can vanish early");
  }
}
