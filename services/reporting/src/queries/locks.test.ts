import { type ServerHandle, startRedis } from "@vigia/testkit";
import { createTracker, type Tracker } from "@vigia/tracker";
import { tablesOf } from "../testing/tables.ts";
import { listLocks } from "./locks.ts";

const database = tablesOf();
let redis: ServerHandle;
let owner: Tracker;
let onlooker: Tracker;

beforeAll(async () => {
  redis = await startRedis();
  owner = createTracker({ redis: redis.url, postgres: database, service: "consistency" });
  onlooker = createTracker({ redis: redis.url, postgres: database, service: "reporting" });
  await Promise.all([owner.start(), onlooker.start()]);
});
afterAll(async () => {
  await Promise.all([owner.stop(), onlooker.stop()]);
  await redis.stop();
});

it("shows who holds a lock, under which fence, and which of its tasks runs", async () => {
  const lease = await owner.acquire("consistency", { ttlSeconds: 60 });
  await database.query(
    `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, attempt, instance, fence)
     VALUES ('old', 'consistency.check', 'consistency', 'running', now(), 1, 'i', $1::bigint - 1),
            ('new', 'consistency.deep-check', 'consistency', 'running', now(), 1, 'i', $1::bigint)`,
    [String(lease?.fence)],
  );
  const locks = await listLocks(database, onlooker);
  expect(locks.find(({ lock }) => lock === "consistency")).toEqual({
    lock: "consistency",
    tasks: ["consistency.check", "consistency.deep-check"],
    fence: String(lease?.fence),
    holder: {
      owner: owner.owner,
      since: expect.any(Date),
      expiresAt: expect.any(Date),
      task: "consistency.deep-check",
      executionId: "new",
    },
  });
  expect(locks.find(({ lock }) => lock === "chain-sync.sync")).toMatchObject({ holder: null, fence: null });
  await lease?.release();
  expect((await listLocks(database, onlooker)).filter((lock) => lock.holder)).toEqual([]);
});
