import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { Log } from "../log.ts";
import { parseRedisUrl, type RedisAddress, type RedisPlace, type TlsOptions } from "./redis-place.ts";

export type RedisClient = Redis | Cluster;

/** Everything that the tracker keeps in Redis begins with this. */
export const KEY_PREFIX = "vigia:";
/**
 * In a Cluster everything has one hash tag, hence one master: scripts and transactions touch keys of a job, of an
 * execution and of a service together, and what the circuit learns of that master is then true of every key. It is a few
 * hundred small keys; spreading them would gain nothing.
 */
export const CLUSTER_KEY_PREFIX = "{vigia}:";

const RECONNECT_EVERY_MS = 250;
const PROBE_TTL_MS = 1_000;
/** How many command timeouts the making of a connection may take. */
const CONNECT_TIMEOUTS = 2;
/** How often a command follows the Cluster's word that its key is elsewhere, or that it is not settled yet. */
const CLUSTER_REDIRECTIONS = 3;

/** A connection whose commands fail rather than wait: no queue while it is away, no second try, no answer without end. */
export function createRedisConnection(place: RedisPlace, commandTimeoutMs: number): RedisClient {
  const address = parseRedisUrl(place.url);
  const redis =
    address.kind === "cluster"
      ? createCluster(address, place, commandTimeoutMs)
      : new Redis({
          ...optionsOf(address, place, commandTimeoutMs),
          ...(address.kind === "sentinel" ? sentinelOptions(address, place, commandTimeoutMs) : address.nodes[0]),
          keyPrefix: KEY_PREFIX,
          db: address.database,
          retryStrategy: () => RECONNECT_EVERY_MS,
        });
  // Called as the scripts of the locks are: by its digest, and whole where that is not known.
  redis.defineCommand("probeScripts", { numberOfKeys: 0, lua: "return 1" });
  // Each failing call rejects and the circuit reports; without a listener ioredis would print every attempt.
  redis.on("error", () => {});
  return redis;
}

/** What holds for every single connection, be it to a server, a master that sentinels name, or a Cluster's node. */
function optionsOf(address: RedisAddress, { tls = {} }: RedisPlace, commandTimeoutMs: number): RedisOptions {
  const { username, password } = address;
  return {
    lazyConnect: true,
    enableReadyCheck: false,
    // ioredis waits for the answer to its introduction and then calls the connection ready, also where it was closed
    // meanwhile; it would never connect again. A proxy before a Redis that is away closes connections just then. The
    // introduction is also a command that a user with few rights may not give.
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUTS * commandTimeoutMs,
    disconnectTimeout: commandTimeoutMs,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(address.secure ? { tls: given(tls) } : {}),
  };
}

function sentinelOptions(address: RedisAddress, place: RedisPlace, commandTimeoutMs: number): RedisOptions {
  const { sentinelUsername, sentinelPassword, tls = {} } = place;
  return {
    sentinels: address.nodes.map((node) => ({ ...node })),
    ...(address.master ? { name: address.master } : {}),
    sentinelCommandTimeout: commandTimeoutMs,
    sentinelRetryStrategy: () => RECONNECT_EVERY_MS,
    ...(sentinelUsername ? { sentinelUsername } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
    ...(address.secure ? { sentinelTLS: given(tls), enableTLSForSentinelMode: true } : {}),
  };
}

function createCluster(address: RedisAddress, place: RedisPlace, commandTimeoutMs: number): Cluster {
  return new Cluster([...address.nodes], {
    keyPrefix: CLUSTER_KEY_PREFIX,
    lazyConnect: true,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRedirections: CLUSTER_REDIRECTIONS,
    slotsRefreshTimeout: commandTimeoutMs,
    clusterRetryStrategy: () => RECONNECT_EVERY_MS,
    // Names stay names, so that a certificate can be checked against them.
    ...(address.secure ? { dnsLookup: (host, found) => found(null, host) } : {}),
    redisOptions: optionsOf(address, place, commandTimeoutMs),
  });
}

interface Probing {
  probeScripts(): Promise<unknown>;
}

/**
 * Resolves when Redis takes a write. One that gives no answer gets a new connection: a socket whose other end went away
 * without a word would stay silent for minutes. So does one that became a replica: the name or the sentinels that led
 * to it lead to the new master by now.
 */
export async function probeRedis(redis: RedisClient): Promise<void> {
  try {
    await redis.set("probe", "", "PX", PROBE_TTL_MS);
    // Locks are taken by scripts, and a user who may write may yet be forbidden those.
    await (redis as unknown as Probing).probeScripts();
  } catch (error) {
    const isStale = error instanceof Error && /^(Command timed out$|READONLY )/.test(error.message);
    if (isStale && redis.status === "ready") redis.disconnect(true);
    throw error;
  }
}

/** Warns of a Redis that loses what it was given, after a crash or when its memory is full. */
export async function warnOfForgetting(redis: RedisClient, log: Log): Promise<void> {
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

function given({ ca, cert, key }: TlsOptions): { ca?: string; cert?: string; key?: string } {
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}
