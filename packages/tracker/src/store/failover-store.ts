import { CircuitOpenError } from "../circuit.ts";
import type { Log } from "../log.ts";
import type { RedisStore } from "./redis-store.ts";
import type { Holder, TrackerStore } from "./store.ts";

export interface FailoverStoreOptions {
  readonly redis: RedisStore;
  readonly postgres: TrackerStore;
  readonly log: Log;
}

interface Pair extends FailoverStoreOptions {
  /** What Redis says, or undefined while it is unwell. */
  askRedis<T>(call: () => Promise<T>): Promise<T | undefined>;
  /** Tells both at once; enough if one has heard it. */
  tellBoth(call: (store: TrackerStore) => Promise<void>): Promise<void>;
  /** Postgres decides; Redis answers for it while it is away. */
  askPostgresFirst<T>(call: (store: TrackerStore) => Promise<T>): Promise<T>;
}

/**
 * Redis in front, Postgres behind. Redis is asked first and turns contenders away without a statement in Postgres; what
 * it grants, Postgres confirms, and there the fence comes from. So every lock stands in both, there is nothing to carry
 * over when Redis fails or returns, and two processes that see Redis differently still meet at one lock. Either store
 * alone is enough to keep a lease that was granted; Postgres must be there to grant one.
 */
export function createFailoverStore(options: FailoverStoreOptions): TrackerStore {
  const { redis, postgres } = options;
  const pair = createPair(options);
  const { askRedis, tellBoth } = pair;
  return {
    ...createFailoverLocks(pair),
    ...createFailoverExecutions(pair),
    async open() {
      await Promise.all([postgres.open(), askRedis(() => redis.open())]);
    },
    async close() {
      await Promise.all([postgres.close(), redis.close()]);
    },
    beat: (owner, ttlMs) => tellBoth((store) => store.beat(owner, ttlMs)),
    retire: (owner) => tellBoth((store) => store.retire(owner)),
    async isAlive(owner) {
      return (await askRedis(() => redis.isAlive(owner))) === true || postgres.isAlive(owner);
    },
    saveState: (job, state, ttlMs) => tellBoth((store) => store.saveState(job, state, ttlMs)),
    async getState(job) {
      const inRedis = await askRedis(() => redis.getState(job));
      try {
        const inPostgres = await postgres.getState(job);
        if (inRedis === undefined || inPostgres === undefined) return inPostgres ?? inRedis;
        return inPostgres.savedAt > inRedis.savedAt ? inPostgres : inRedis;
      } catch (error) {
        if (inRedis === undefined) throw error;
        return inRedis;
      }
    },
  };
}

function createPair({ redis, postgres, log }: FailoverStoreOptions): Pair {
  return {
    ...{ redis, postgres, log },
    async askRedis(call) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof CircuitOpenError)) {
          log.warn({ reason: String(error) }, "redis did not answer, going on without it");
        }
        return undefined;
      }
    },
    async tellBoth(call) {
      const [inPostgres, inRedis] = await Promise.allSettled([call(postgres), call(redis)]);
      if (inPostgres.status === "fulfilled") return;
      if (inRedis.status === "rejected") throw inPostgres.reason;
      log.warn({ reason: String(inPostgres.reason) }, "postgres did not answer, going on with redis");
    },
    async askPostgresFirst(call) {
      try {
        return await call(postgres);
      } catch (error) {
        if (redis.isUnwell) throw error;
        log.warn({ reason: String(error) }, "postgres did not answer, asking redis");
        return call(redis);
      }
    },
  };
}

function createFailoverLocks({ redis, postgres, log, askRedis, askPostgresFirst }: Pair) {
  return {
    async take(claim, leaseMs) {
      const front = await askRedis(() => redis.take(claim, leaseMs));
      if (front !== undefined && front.outcome !== "taken") return front;
      let taken = false;
      try {
        const taking = await postgres.take(claim, leaseMs);
        taken = taking.outcome === "taken";
        return taking;
      } finally {
        if (!taken) await askRedis(() => redis.release(claim));
      }
    },
    async renew(claim, leaseMs) {
      const [inPostgres, inRedis] = await Promise.allSettled([
        postgres.renew(claim, leaseMs),
        redis.renew(claim, leaseMs),
      ]);
      if (inPostgres.status === "rejected") {
        if (inRedis.status === "rejected" || !inRedis.value) throw inPostgres.reason;
        const reason = String(inPostgres.reason);
        log.warn({ job: claim.job, reason }, "postgres did not answer, lease renewed in redis alone");
        return true;
      }
      const forgotten = inPostgres.value && inRedis.status === "fulfilled" && !inRedis.value;
      if (forgotten) await askRedis(() => redis.take(claim, leaseMs));
      return inPostgres.value;
    },
    async release(claim) {
      const [inPostgres, inRedis] = await Promise.all([postgres.release(claim), askRedis(() => redis.release(claim))]);
      return inPostgres || inRedis === true;
    },
    holder: (job) => askPostgresFirst((store) => store.holder(job)),
    async holders() {
      const known = new Map<string, Holder>();
      for (const holder of (await askRedis(() => redis.holders())) ?? []) known.set(holder.token, holder);
      for (const holder of await postgres.holders()) known.set(holder.token, holder);
      return [...known.values()];
    },
  } satisfies Partial<TrackerStore>;
}

/** Postgres keeps the history; Redis gets a copy of each record, so that it can be seen there for a day. */
function createFailoverExecutions({ redis, postgres, askRedis, askPostgresFirst }: Pair) {
  return {
    async addExecution(execution, within) {
      await postgres.addExecution(execution, within);
      await askRedis(() => redis.putExecution(execution));
    },
    async endExecution(service, job, executionId, end, within) {
      const ended = await postgres.endExecution(service, job, executionId, end, within);
      if (ended !== undefined) await askRedis(() => redis.putExecution(ended));
      return ended;
    },
    runningOwners: (service) => postgres.runningOwners(service),
    async endOrphans(service, owners, end, within) {
      const ended = await postgres.endOrphans(service, owners, end, within);
      for (const execution of ended) await askRedis(() => redis.putExecution(execution));
      return ended;
    },
    async endEarlier(service, job, fence, end, within) {
      const ended = await postgres.endEarlier(service, job, fence, end, within);
      for (const execution of ended) await askRedis(() => redis.putExecution(execution));
      return ended;
    },
    listExecutions: (job, page) => askPostgresFirst((store) => store.listExecutions(job, page)),
  } satisfies Partial<TrackerStore>;
}
