import { randomUUID } from "node:crypto";
import { openDatabase } from "@vigia/database";
import { createTracker, type Tracker } from "@vigia/tracker";
import { Redis } from "ioredis";
import { Pool } from "pg";
import type { Benchmark, Contender, Role, Scene } from "../contender.ts";
import { turnsPerSecond } from "../loops.ts";

const CLIENTS = [1, 16];
const TTL_MS = 10_000;
const DEFAULT_SECONDS = 2;
const RELEASE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])`;

/** What makes a fence: the lock's row and the number, both or neither, on disk before anybody writes under it. */
const TAKE_ROW_AND_FENCE = `
WITH taken AS (
  INSERT INTO vigia.job_locks AS held (job, owner, token, since, expires_at)
  VALUES ($1, 'bench', $2, now(), now() + $3 * interval '1 millisecond')
  ON CONFLICT (job) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
  WHERE held.expires_at <= now() RETURNING job
)
INSERT INTO vigia.job_fences AS newest (job, fence) SELECT job, 1 FROM taken
ON CONFLICT (job) DO UPDATE SET fence = newest.fence + 1 RETURNING fence`;
const RELEASE_ROW = `
WITH haste AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
DELETE FROM vigia.job_locks USING haste WHERE job = $1 AND token = $2`;

interface Redlock {
  lock(resource: string, ttlMs: number): Promise<{ unlock(): Promise<unknown> }>;
}
type RedlockModule = new (clients: readonly Redis[], options: { retryCount: number }) => Redlock;

/** Pairs of lock and unlock, each client on a lock of its own: what a run costs where nobody else wants it. */
export const locks: Benchmark = {
  unit: "lock and unlock, pairs/s",
  samples: "rounds",
  rounds: 3,
  async prepare(scene) {
    const seconds = scene.options.seconds ?? DEFAULT_SECONDS;
    const contender = (name: string, role: Role, pair: (lock: string) => Promise<unknown>): Contender => ({
      name,
      role,
      async measure() {
        const samples: Record<string, number[]> = {};
        for (const clients of CLIENTS) {
          samples[`${clients} at once`] = [
            await turnsPerSecond(clients, seconds, (client) => pair(`bench-${role}-${client}`)),
          ];
        }
        return samples;
      },
    });
    const trackers = await startTrackers(scene);
    return [
      ...Object.entries(trackers).map(([name, tracker]) => contender(name, "ours", (lock) => lockOnce(tracker, lock))),
      ...limits(scene, contender),
      ...peers(scene, contender),
    ];
  },
};

async function startTrackers({ servers, onClose }: Scene): Promise<Record<string, Tracker>> {
  const postgres = await openDatabase({ url: servers.postgresUrl, applicationName: "bench-locks" });
  onClose(() => postgres.close());
  const redis = servers.redisUrl;
  const trackers = {
    "tracker, Redis and Postgres": createTracker({ service: "bench", redis, postgres }),
    "tracker, Redis alone": createTracker({ service: "bench", redis }),
    "tracker, Postgres alone": createTracker({ service: "bench", postgres }),
  };
  for (const tracker of Object.values(trackers)) {
    onClose(() => tracker.stop());
    await tracker.start();
  }
  return trackers;
}

async function lockOnce(tracker: Tracker, name: string): Promise<void> {
  const lease = await tracker.acquire(name, { ttlSeconds: TTL_MS / 1_000 });
  if (!lease) throw new Error(`${name} is held by somebody else`);
  await lease.release();
}

type Make = (name: string, role: Role, pair: (lock: string) => Promise<unknown>) => Contender;

function limits({ servers, onClose }: Scene, contender: Make): Contender[] {
  const redis = new Redis(servers.redisUrl);
  const pool = new Pool({ connectionString: servers.postgresUrl, max: Math.max(...CLIENTS) });
  onClose(() => Promise.all([redis.quit(), pool.end()]));
  return [
    contender("bare Redis, SET NX PX and compare-and-delete", "limit", async (lock) => {
      const token = randomUUID();
      await redis.set(lock, token, "PX", TTL_MS, "NX");
      await redis.eval(RELEASE, 1, lock, token);
    }),
    contender("bare Redis pair and a durable fence from Postgres", "limit", async (lock) => {
      const token = randomUUID();
      await redis.set(`fenced-${lock}`, token, "PX", TTL_MS, "NX");
      await pool.query(TAKE_ROW_AND_FENCE, [`fenced-${lock}`, token, TTL_MS]);
      await Promise.all([
        redis.eval(RELEASE, 1, `fenced-${lock}`, token),
        pool.query(RELEASE_ROW, [`fenced-${lock}`, token]),
      ]);
    }),
    contender("Postgres advisory lock", "limit", async (lock) => {
      const client = await pool.connect();
      try {
        await client.query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", [lock]);
        await client.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [lock]);
      } finally {
        client.release();
      }
    }),
  ];
}

function peers({ servers, peers: chosen, onClose }: Scene, contender: Make): Contender[] {
  if (!chosen.wants("redlock")) return [];
  const redis = new Redis(servers.redisUrl);
  onClose(() => redis.quit());
  const redlock = new (chosen.load<RedlockModule>("redlock"))([redis], { retryCount: 0 });
  return [
    contender("redlock", "peer", async (lock) => {
      const held = await redlock.lock(lock, TTL_MS);
      await held.unlock();
    }),
  ];
}
