import type { Circuit } from "../circuit.ts";
import type { RedisClient } from "./redis-connection.ts";
import type { Claim, Holder, Taking, TrackerStore } from "./store.ts";

type RedisLocks = Pick<TrackerStore, "take" | "renew" | "release" | "holder" | "holders">;

const SCAN_COUNT = 500;

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
/** As a script, because that goes to the Cluster's node that has the locks, and a plain SCAN to any node. */
const SCAN = `return redis.call('SCAN', ARGV[1], 'MATCH', KEYS[1] .. '*', 'COUNT', ARGV[2])`;

/** Called by their digests: a script is sent whole only to a Redis that does not know it yet. */
interface Scripts {
  takeLock(lock: string, fence: string, value: string, leaseMs: number): Promise<[string, string, number]>;
  renewLock(lock: string, value: string, leaseMs: number): Promise<number>;
  releaseLock(lock: string, value: string): Promise<number>;
}

function defineScripts(redis: RedisClient): Scripts {
  redis.defineCommand("takeLock", { numberOfKeys: 2, lua: TAKE });
  redis.defineCommand("renewLock", { numberOfKeys: 1, lua: RENEW });
  redis.defineCommand("releaseLock", { numberOfKeys: 1, lua: RELEASE });
  // ioredis adds the commands to the client; their types can't follow.
  return redis as unknown as Scripts;
}

/** Locks as keys that expire with their lease. The fence is a counter beside each, which never expires. */
export function createRedisLocks(redis: RedisClient, circuit: Circuit, clock: { now(): Date }): RedisLocks {
  const scripts = defineScripts(redis);

  function readHolder(job: string, value: string, leftMs: number): Holder {
    const [token = "", owner = "", since = ""] = value.split(" ");
    return { job, owner, token, since: new Date(since), expiresAt: new Date(clock.now().getTime() + leftMs) };
  }

  async function readHolders(jobs: readonly string[]): Promise<Holder[]> {
    if (jobs.length === 0) return [];
    const reads = redis.multi();
    for (const job of jobs) reads.get(lockKey(job)).pttl(lockKey(job));
    const answers = await reads.exec();
    return jobs.flatMap((job, index) => {
      const value = answers?.[2 * index]?.[1];
      const leftMs = answers?.[2 * index + 1]?.[1];
      return typeof value === "string" && typeof leftMs === "number" ? [readHolder(job, value, leftMs)] : [];
    });
  }

  return {
    take: (claim, leaseMs) =>
      circuit.run(async (): Promise<Taking> => {
        const { job } = claim;
        const answer = await scripts.takeLock(lockKey(job), `fence:${job}`, claimValue(claim), Math.ceil(leaseMs));
        const [outcome, value, leftMs] = answer;
        if (outcome === "taken") return { outcome, fence: BigInt(value) };
        return { outcome: "held", holder: readHolder(job, value, leftMs) };
      }),
    renew: (claim, leaseMs) =>
      circuit.run(
        async () => (await scripts.renewLock(lockKey(claim.job), claimValue(claim), Math.ceil(leaseMs))) === 1,
      ),
    release: (claim) =>
      circuit.run(async () => (await scripts.releaseLock(lockKey(claim.job), claimValue(claim))) === 1),
    holder: (job) => circuit.run(async () => (await readHolders([job]))[0]),
    holders: () => circuit.run(async () => readHolders(await scanLocks(redis))),
  };
}

async function scanLocks(redis: RedisClient): Promise<string[]> {
  const jobs = new Set<string>();
  let cursor = "0";
  do {
    const answer = await redis.eval(SCAN, 1, lockKey(""), cursor, SCAN_COUNT);
    const [next, keys] = answer as [string, string[]];
    for (const key of keys) jobs.add(key.slice(key.indexOf(lockKey("")) + lockKey("").length));
    cursor = next;
  } while (cursor !== "0");
  return [...jobs];
}

function lockKey(job: string) {
  return `lock:${job}`;
}

/** A lock's value names the claim whole, so that comparing values compares claims. */
function claimValue({ token, owner, since }: Claim) {
  return `${token} ${owner} ${since.toISOString()}`;
}
