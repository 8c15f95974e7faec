import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createDatabase, eventually, type ServerHandle, startRedis, type TestDatabase } from "@vigia/testkit";
import { Redis } from "ioredis";
import { Pool } from "pg";
import type { Lease } from "./lease.ts";
import { createTracker, type Tracker } from "./tracker.ts";

const JOB = "contested";
const LEASE_MS = 3_000;
/** What is promised of the time in which Postgres takes over. */
const FALL_OVER_MS = 2_000;
/** Long enough for a lease to end that is not renewed, and for some probes. */
const FAULT_MS = 1.2 * LEASE_MS;
const PATIENCE = { timeoutMs: 15_000 };
const SOME_HOLDS = 10;
const LOADED_KEYS = 20_000;
/** In microseconds, which Redis waits with each key: four seconds of loading in all. */
const LOAD_DELAY_US = 200;

interface Scene {
  readonly server: ServerHandle;
  /** A connection of the operator's, as a user that no fault concerns. */
  readonly operator: Redis;
}

interface Fault {
  readonly args?: readonly string[];
  readonly persistent?: boolean;
  readonly password?: string;
  readonly before?: (scene: Scene) => Promise<unknown>;
  readonly harm: (scene: Scene) => Promise<unknown>;
  readonly mend?: (scene: Scene) => Promise<unknown>;
}

const OPERATOR = ["--user", "operator", "on", ">operator", "~*", "&*", "+@all"];
const cutOthers = (operator: Redis) => operator.client("KILL", "TYPE", "normal", "SKIPME", "yes");

let another: ServerHandle;
let loading: Promise<void>;

const FAULTS: Readonly<Record<string, Fault>> = {
  "is killed": { harm: ({ server }) => server.kill(), mend: ({ server }) => server.restart() },
  "is restarted and has forgotten everything": { persistent: false, harm: ({ server }) => server.restart() },
  "hangs with its connections open": { harm: ({ server }) => server.pause(), mend: ({ server }) => server.resume() },
  "answers late, and then does what was given up": {
    harm: ({ operator }) => operator.client("PAUSE", FAULT_MS, "ALL"),
  },
  "cuts its connections": { harm: ({ operator }) => cutOthers(operator) },
  "has no memory left": {
    harm: ({ operator }) => operator.config("SET", "maxmemory", "1"),
    mend: ({ operator }) => operator.config("SET", "maxmemory", "0"),
  },
  "becomes a replica of another": {
    harm: ({ operator }) => operator.replicaof("127.0.0.1", another.port),
    mend: ({ operator }) => operator.replicaof("NO", "ONE"),
  },
  "loads its data after a restart": {
    args: ["--key-load-delay", String(LOAD_DELAY_US)],
    before: ({ operator }) => operator.eval(`for key = 1, ${LOADED_KEYS} do redis.call('SET', key, '') end`, 0),
    async harm({ server, operator }) {
      await server.kill();
      loading = server.restart();
      await eventually(() => expect(operator.get("1")).rejects.toThrow(/LOADING/), PATIENCE);
    },
    mend: () => loading,
  },
  "asks for a password": {
    async harm({ operator }) {
      await operator.config("SET", "requirepass", "new");
      await cutOthers(operator);
    },
    mend: ({ operator }) => operator.config("SET", "requirepass", ""),
  },
  "refuses the password": {
    password: "old",
    async harm({ operator }) {
      await operator.config("SET", "requirepass", "new");
      await cutOthers(operator);
    },
    mend: ({ operator }) => operator.config("SET", "requirepass", "old"),
  },
  "forbids some commands": {
    harm: ({ operator }) => operator.call("ACL", "SETUSER", "default", "-evalsha"),
    mend: ({ operator }) => operator.call("ACL", "SETUSER", "default", "+evalsha"),
  },
};

describe("two that contend for one lock without a pause, while redis", () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    [database, another] = await Promise.all([createDatabase(), startRedis()]);
    pool = new Pool({ connectionString: database.url, max: 20 });
    await pool.query("CREATE TABLE writes (id bigint GENERATED ALWAYS AS IDENTITY, fence bigint, owner text)");
  });
  beforeEach(() => pool.query("TRUNCATE writes"));
  afterAll(async () => {
    await pool.end();
    await Promise.all([database.drop(), another.stop()]);
  });

  /** Writes as a job does: in a transaction that proves the fence. What is on record here had the right to write. */
  async function write(tracker: Tracker, lease: Lease): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await tracker.assertFence(client, JOB, lease.fence);
      await client.query("INSERT INTO writes (fence, owner) VALUES ($1, $2)", [lease.fence, tracker.owner]);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }

  async function startContender(name: string, url: string) {
    const events: string[] = [];
    const tracker = createTracker({
      ...{ service: name, redis: url, postgres: pool, leaseMs: LEASE_MS, renewMs: LEASE_MS / 3 },
      identity: { host: name, pid: 1, bootId: name },
      onDegraded: () => events.push("degraded"),
      onRestored: () => events.push("restored"),
    });
    await tracker.start();
    let stopping = false;
    let holds = 0;
    let slowestMs = 0;
    let lastAskedAtMs = 0;

    async function timed<T>(call: Promise<T>): Promise<T> {
      const startedAtMs = performance.now();
      const value = await call;
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
      return value;
    }
    async function hold(lease: Lease) {
      const executionId = tracker.generateExecutionId();
      await timed(tracker.startJob(JOB, executionId));
      await write(tracker, lease);
      await timed(tracker.saveJobState(JOB, { executionId }));
      await write(tracker, lease);
      await timed(tracker.completeJob(JOB, executionId));
    }
    async function contend() {
      while (!stopping) {
        const askedAtMs = performance.now();
        const lease = await timed(tracker.acquire(JOB, { ttlSeconds: 60 }));
        if (lease === undefined) {
          await sleep(2);
          continue;
        }
        await hold(lease);
        await timed(lease.release());
        holds += 1;
        lastAskedAtMs = askedAtMs;
      }
    }
    const contending = contend();
    contending.catch(() => undefined);
    return {
      tracker,
      events,
      holds: () => holds,
      slowestMs: () => slowestMs,
      /** Of its last hold that has ended. */
      lastAskedAtMs: () => lastAskedAtMs,
      async stop() {
        stopping = true;
        await contending.finally(() => tracker.stop());
      },
    };
  }

  async function contend(url: string) {
    const contenders = await Promise.all(["here", "elsewhere"].map((name) => startContender(name, url)));
    const [here, elsewhere] = contenders as [(typeof contenders)[0], (typeof contenders)[0]];
    const holds = () => here.holds() + elsewhere.holds();
    return {
      ...{ here, elsewhere, both: contenders },
      async holdSome() {
        const enough = holds() + SOME_HOLDS;
        await eventually(() => holds() >= enough, PATIENCE);
      },
      /** Ends the contest. Each was told these events, no call took long, and never did two write at once. */
      async end(...events: string[]) {
        await Promise.all(contenders.map((contender) => contender.stop()));
        for (const contender of contenders) {
          expect(contender.events).toEqual(events);
          expect(contender.slowestMs()).toBeLessThan(FALL_OVER_MS);
        }
        const { rows } = await pool.query<{ fence: string; owner: string }>(
          "SELECT fence, owner FROM writes ORDER BY id",
        );
        const fences = rows.map(({ fence }) => Number(fence));
        expect(fences).toEqual([...fences].sort((a, b) => a - b));
        expect(new Set(rows.map(({ fence, owner }) => `${fence} ${owner}`)).size).toBe(new Set(fences).size);
      },
    };
  }

  it("was never there", async () => {
    const { holdSome, end } = await contend("redis://127.0.0.1:1");
    await holdSome();
    await end("degraded");
  });

  it.each(Object.entries(FAULTS))("%s", async (_, { before, harm, mend, password, persistent = true, args = [] }) => {
    const login = password === undefined ? [] : ["--requirepass", password];
    const server = await startRedis({ persistent, args: [...OPERATOR, ...login, ...args] });
    const operator = new Redis(server.url, { username: "operator", password: "operator", enableReadyCheck: false });
    operator.on("error", () => {});
    await before?.({ server, operator });
    const url = password === undefined ? server.url : server.url.replace("//", `//:${password}@`);
    const { here, elsewhere, both, holdSome, end } = await contend(url);
    await holdSome();
    const kept = randomUUID();
    const lease = await here.tracker.acquire(kept, { ttlSeconds: 60 });

    const harmedAtMs = performance.now();
    await harm({ server, operator });
    await eventually(() => both.some(({ lastAskedAtMs }) => lastAskedAtMs() > harmedAtMs), PATIENCE);
    expect(performance.now() - harmedAtMs).toBeLessThan(FALL_OVER_MS);
    while (performance.now() < harmedAtMs + FAULT_MS) {
      expect(await elsewhere.tracker.acquire(kept, { ttlSeconds: 60 })).toBeUndefined();
      if (mend) for (const { events } of both) expect(events).not.toContain("restored");
      await sleep(50);
    }
    await mend?.({ server, operator });
    for (const { events } of both) {
      await eventually(() => expect(events).toEqual(["degraded", "restored"]), PATIENCE);
    }
    await holdSome();
    expect(await elsewhere.tracker.acquire(kept, { ttlSeconds: 60 })).toBeUndefined();
    expect(lease?.isHeld()).toBe(true);
    await eventually(async () => expect(await operator.exists(`vigia:lock:${kept}`)).toBe(1));

    await end("degraded", "restored");
    operator.disconnect();
    await server.stop();
  });
});
