import { Redis, type RedisOptions } from "ioredis";
import { bounded } from "../bounded.ts";
import { createCircuit } from "../circuit.ts";
import { toJson } from "../json.ts";
import type { Log } from "../log.ts";
import { formatOwner } from "../owner.ts";
import { createRedisExecutions, type RedisExecutions } from "./redis-executions.ts";
import type { Claim, Holder, Taking, TrackerStore } from "./store.ts";

export interface RedisStore extends TrackerStore, Pick<RedisExecutions, "putExecution"> {
  /** Whether Redis is taken for unwell at the moment; calls fail at once then. */
  readonly isUnwell: boolean;
}

export interface RedisStoreOptions {
  readonly where: string | RedisOptions;
  readonly commandTimeoutMs: number;
  readonly clock: { now(): Date };
  readonly log: Log;
  readonly onDegraded: (event: { at: Date; reason: string }) => void;
  readonly onRestored: (event: { at: Date; degradedForMs: number }) => void;
}

const KEY_PREFIX = "vigia:";
const RECONNECT_EVERY_MS = 250;
/** A socket that owes an answer for so many command timeouts is given up and made anew. */
const SOCKET_TIMEOUTS = 2;
const SCAN_COUNT = 500;
const PROBE_TTL_MS = 1_000;

const TAKE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return { 'taken', tostring(redis.call('INCR', KEYS[2])) }
end
return { 'held', redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]) }`;
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * The store in Redis. Any error counts as Redis being unwell (a lost connection, no answer in time, `OOM`, `READONLY`,
 * `LOADING`): the commands are fixed, so a well Redis has none to give. The circuit probes with a write for that reason.
 */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  const { commandTimeoutMs, clock, log } = options;
  const redis = connectLazily(options.where, commandTimeoutMs);
  let degradedAt: Date | undefined;
  const circuit = createCircuit({
    probe,
    onOpen(cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      degradedAt = clock.now();
      log.warn({ reason }, "redis is unwell");
      options.onDegraded({ at: degradedAt, reason });
    },
    onClose() {
      const at = clock.now();
      const degradedForMs = at.getTime() - (degradedAt ?? at).getTime();
      log.info({ degradedForMs }, "redis is well again");
      options.onRestored({ at, degradedForMs });
    },
  });

  async function probe() {
    await redis.set("probe", "", "PX", PROBE_TTL_MS);
  }

  async function readHolders(jobs: readonly string[]): Promise<Holder[]> {
    if (jobs.length === 0) return [];
    const reads = redis.multi();
    for (const job of jobs) reads.get(lockKey(job)).pttl(lockKey(job));
    const answers = await reads.exec();
    return jobs.flatMap((job, index) => {
      const value = answers?.[2 * index]?.[1];
      const leftMs = answers?.[2 * index + 1]?.[1];
      return typeof value === "string" && typeof leftMs === "number" ? [readClaim(job, value, leftMs)] : [];
    });
  }

  function readClaim(job: string, value: string, leftMs: number): Holder {
    const [token = "", owner = "", since = ""] = value.split(" ");
    return { job, owner, token, since: new Date(since), expiresAt: new Date(clock.now().getTime() + leftMs) };
  }

  async function scanLocks(): Promise<string[]> {
    const prefix = `${KEY_PREFIX}${lockKey("")}`;
    const jobs = new Set<string>();
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", `${prefix}*`, "COUNT", SCAN_COUNT);
      for (const key of keys) jobs.add(key.slice(prefix.length));
      cursor = next;
    } while (cursor !== "0");
    return [...jobs];
  }

  return {
    ...createRedisExecutions(redis, circuit),
    get isUnwell() {
      return circuit.isOpen;
    },
    async open() {
      redis.on("close", () => circuit.open(new Error("the connection to redis is closed")));
      try {
        await bounded(redis.connect(), 2 * commandTimeoutMs, "redis");
        await probe();
      } catch (error) {
        circuit.open(error);
        throw error;
      }
      await redis.info().then(
        (info) => warnOfForgetting(info, log),
        (error) => log.info({ reason: String(error) }, "redis does not tell whether it forgets"),
      );
    },
    async close() {
      circuit.stop();
      redis.disconnect();
    },
    beat: (owner, ttlMs) =>
      circuit.run(async () => {
        await redis.set(ownerKey(formatOwner(owner)), clock.now().toISOString(), "PX", ttlMs);
      }),
    retire: (owner) =>
      circuit.run(async () => {
        await redis.del(ownerKey(owner));
      }),
    isAlive: (owner) => circuit.run(async () => (await redis.exists(ownerKey(owner))) === 1),

    take: (claim, leaseMs) =>
      circuit.run(async (): Promise<Taking> => {
        const keys = [lockKey(claim.job), `fence:${claim.job}`];
        const answer = await redis.eval(TAKE, 2, ...keys, claimValue(claim), Math.ceil(leaseMs));
        const [outcome, value, leftMs] = answer as [string, string, number];
        if (outcome === "taken") return { outcome, fence: BigInt(value) };
        return { outcome: "held", holder: readClaim(claim.job, value, leftMs) };
      }),
    renew: (claim, leaseMs) =>
      circuit.run(
        async () => (await redis.eval(RENEW, 1, lockKey(claim.job), claimValue(claim), Math.ceil(leaseMs))) === 1,
      ),
    release: (claim) =>
      circuit.run(async () => (await redis.eval(RELEASE, 1, lockKey(claim.job), claimValue(claim))) === 1),
    holder: (job) => circuit.run(async () => (await readHolders([job]))[0]),
    holders: () => circuit.run(async () => readHolders(await scanLocks())),

    saveState: (job, state, ttlMs) =>
      circuit.run(async () => {
        await redis.set(stateKey(job), toJson(state), "PX", ttlMs);
      }),
    getState: (job) =>
      circuit.run(async () => {
        const text = await redis.get(stateKey(job));
        if (text === null) return undefined;
        const { state, savedAt } = JSON.parse(text) as { state: unknown; savedAt: string };
        return { state, savedAt: new Date(savedAt) };
      }),
  };
}

function lockKey(job: string) {
  return `lock:${job}`;
}

function stateKey(job: string) {
  return `state:${job}`;
}

function ownerKey(owner: string) {
  return `owner:${owner}`;
}

/** The lock's value names the claim whole, so that comparing values compares claims. */
function claimValue({ token, owner, since }: Claim) {
  return `${token} ${owner} ${since.toISOString()}`;
}

/** A connection whose commands fail rather than wait: no queue while it is away, no second try, no answer without end. */
function connectLazily(where: string | RedisOptions, commandTimeoutMs: number): Redis {
  const options: RedisOptions = {
    keyPrefix: KEY_PREFIX,
    lazyConnect: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2 * commandTimeoutMs,
    socketTimeout: SOCKET_TIMEOUTS * commandTimeoutMs,
    retryStrategy: () => RECONNECT_EVERY_MS,
  };
  const redis = typeof where === "string" ? new Redis(where, options) : new Redis({ ...where, ...options });
  // Each failing call rejects and the circuit reports; without a listener ioredis would print every attempt.
  redis.on("error", () => {});
  return redis;
}

function warnOfForgetting(info: string, log: Log) {
  const read = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(info)?.[1];
  if (read("aof_enabled") === "0") {
    log.warn(
      {},
      "redis has no AOF: after a crash it forgets locks and states, and a fence counter that it keeps can go back",
    );
  }
  const policy = read("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    log.warn({ policy }, "redis evicts keys when its memory is full: locks and states can vanish early");
  }
}
