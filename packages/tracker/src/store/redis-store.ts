import { bounded } from "../bounded.ts";
import { createCircuit } from "../circuit.ts";
import { toJson } from "../json.ts";
import type { Log } from "../log.ts";
import { formatOwner } from "../owner.ts";
import { createRedisConnection, probeRedis, warnOfForgetting } from "./redis-connection.ts";
import { createRedisExecutions, type RedisExecutions } from "./redis-executions.ts";
import { createRedisLocks } from "./redis-locks.ts";
import type { RedisPlace } from "./redis-place.ts";
import type { TrackerStore } from "./store.ts";

export interface RedisStore extends TrackerStore, Pick<RedisExecutions, "putExecution"> {
  /** Whether Redis is taken for unwell at the moment; calls fail at once then. */
  readonly isUnwell: boolean;
}

/** Redis was lost; Postgres carries on (or, with Redis alone, calls fail fast) until it is back. */
export interface Degraded {
  readonly at: Date;
  readonly reason: string;
  /** What the last call or connection failed with. */
  readonly cause: unknown;
}

export interface Restored {
  readonly at: Date;
  readonly degradedForMs: number;
}

export interface RedisStoreOptions {
  readonly where: RedisPlace;
  readonly commandTimeoutMs: number;
  readonly clock: { now(): Date };
  readonly log: Log;
  readonly onDegraded: (event: Degraded) => void;
  readonly onRestored: (event: Restored) => void;
}

/**
 * The store in Redis. Any error counts as Redis being unwell (a lost connection, no answer in time, `OOM`, `READONLY`,
 * `LOADING`): the commands are fixed, so a well Redis has none to give. The circuit probes with a write for that reason.
 */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  const { where, commandTimeoutMs, clock, log } = options;
  const redis = createRedisConnection(where, commandTimeoutMs);
  const probe = () => probeRedis(redis);
  const isCertain = (failure: unknown) => failure instanceof Error && failure.name === "ReplyError";
  const circuit = createCircuit({ probe, isCertain, ...createReports(options) });

  return {
    ...createRedisLocks(redis, circuit, clock),
    ...createRedisExecutions(redis, circuit),
    get isUnwell() {
      return circuit.isOpen;
    },
    async open() {
      // ioredis tells why a connection failed in an event, and "Connection is closed." to whoever waits for it.
      let failure: unknown;
      for (const event of ["error", "node error"]) redis.on(event, (error: unknown) => (failure = error));
      redis.on("ready", () => (failure = undefined));
      redis.on("close", () => circuit.open(failure ?? new Error("the connection to redis is closed")));
      try {
        await bounded(redis.connect(), 2 * commandTimeoutMs, "redis");
        await probe();
      } catch (error) {
        circuit.open(failure ?? error);
        throw failure ?? error;
      }
      await warnOfForgetting(redis, log);
    },
    async close() {
      circuit.stop();
      redis.disconnect();
    },

    beat: (owner, ttlMs) =>
      circuit.run(async () => {
        await redis.set(ownerKey(formatOwner(owner)), clock.now().toISOString(), "PX", ttlMs);
      }),
    retire: (owner) => circuit.run(async () => void (await redis.del(ownerKey(owner)))),
    isAlive: (owner) => circuit.run(async () => (await redis.exists(ownerKey(owner))) === 1),

    saveState: (job, state, ttlMs) =>
      circuit.run(async () => void (await redis.set(stateKey(job), toJson(state), "PX", ttlMs))),
    getState: (job) =>
      circuit.run(async () => {
        const text = await redis.get(stateKey(job));
        if (text === null) return undefined;
        const { state, savedAt } = JSON.parse(text) as { state: unknown; savedAt: string };
        return { state, savedAt: new Date(savedAt) };
      }),
  };
}

/** Tells the log and the program when Redis is taken for unwell, and when it is well again. */
function createReports({ clock, log, onDegraded, onRestored }: RedisStoreOptions) {
  let degradedAt: Date | undefined;
  return {
    onOpen(cause: unknown) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      degradedAt = clock.now();
      log.warn({ reason }, "redis is unwell");
      onDegraded({ at: degradedAt, reason, cause });
    },
    onClose() {
      const at = clock.now();
      const degradedForMs = at.getTime() - (degradedAt ?? at).getTime();
      log.info({ degradedForMs }, "redis is well again");
      onRestored({ at, degradedForMs });
    },
  };
}

function stateKey(job: string) {
  return `state:${job}`;
}

function ownerKey(owner: string) {
  return `owner:${owner}`;
}
