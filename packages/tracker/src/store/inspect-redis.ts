import { bounded } from "../bounded.ts";
import { createRedisConnection } from "./redis-connection.ts";
import type { RedisPlace } from "./redis-place.ts";

/** What a Redis says of itself. */
export interface RedisState {
  readonly version: string;
  /** Whether it has an append-only file: without, a crash loses what it was given. */
  readonly keepsLog: boolean;
  /** What it does when its memory is full; `undefined` where it does not say. */
  readonly evictionPolicy: string | undefined;
  readonly usedBytes: number;
  /** 0: it has no limit. */
  readonly limitBytes: number;
  readonly isReplica: boolean;
}

/** Asks Redis for its state, with a connection of its own, and writes nothing. Rejects where it is not there in time. */
export async function inspectRedis(place: RedisPlace, timeoutMs: number): Promise<RedisState> {
  const redis = createRedisConnection(place, timeoutMs);
  // ioredis tells why a connection failed in an event, and "Connection is closed." to whoever waits for it.
  let failure: unknown;
  for (const event of ["error", "node error"]) redis.on(event, (error: unknown) => (failure = error));
  try {
    await bounded(redis.connect(), timeoutMs, "redis");
    return readState(await redis.info());
  } catch (error) {
    throw failure ?? error;
  } finally {
    redis.disconnect();
  }
}

function readState(info: string): RedisState {
  const read = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(info)?.[1];
  return {
    version: read("redis_version") ?? "",
    keepsLog: read("aof_enabled") === "1",
    evictionPolicy: read("maxmemory_policy"),
    usedBytes: Number(read("used_memory") ?? 0),
    limitBytes: Number(read("maxmemory") ?? 0),
    isReplica: read("role") === "slave",
  };
}
