import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Pool } from "pg";
import { assertFence } from "../fence.ts";
import { describeStore, newClaim } from "./conformance.ts";
import { createPostgresStore } from "./postgres-store.ts";
import type { TrackerStore } from "./store.ts";

let database: TestDatabase;
let pool: Pool;
let store: TrackerStore;

beforeAll(async () => {
  database = await createDatabase();
  pool = new Pool({ connectionString: database.url });
  store = createPostgresStore({ sql: pool, timeoutMs: 3_000 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe("postgres store", () => {
  describeStore(() => store);

  it("makes a new holder wait for the last one's transaction, but not for ever", async () => {
    const [first, second] = [newClaim("waits"), newClaim("waits")];
    const taking = await store.take(first, 100);
    if (taking.outcome !== "taken") throw new Error("not taken");
    const step = await pool.connect();
    await step.query("BEGIN");
    await assertFence(step, "waits", taking.fence);
    await store.release(first);

    const askedAtMs = performance.now();
    expect(await store.take(second, 60_000)).toEqual({ outcome: "busy" });
    const waitedMs = performance.now() - askedAtMs;
    expect(waitedMs).toBeGreaterThan(4_500);
    expect(waitedMs).toBeLessThan(6_500);
    expect(await store.holder("waits")).toBeUndefined();

    const later = store.take(second, 60_000);
    await assertFence(step, "waits", taking.fence);
    await step.query("COMMIT");
    step.release();
    expect(await later).toEqual({ outcome: "taken", fence: taking.fence + 1n });
    await expect(assertFence(pool, "waits", taking.fence)).rejects.toThrow(/the fence is 2, this holder has 1/);
  });

  it("answers in bounded time when a statement hangs", async () => {
    const claim = newClaim("hangs");
    await store.take(claim, 60_000);
    const blocker = await pool.connect();
    await blocker.query("BEGIN");
    await blocker.query("SELECT 1 FROM vigia.job_locks WHERE job = 'hangs' FOR UPDATE");
    const impatient = createPostgresStore({ sql: pool, timeoutMs: 200 });
    await expect(impatient.renew(claim, 1_000)).rejects.toThrow(/no answer within 200 ms/);
    await blocker.query("ROLLBACK");
    blocker.release();
  });

  it("leaves the settings of the connection as they were", async () => {
    const client = await pool.connect();
    const patient = createPostgresStore({ sql: client, timeoutMs: 3_000 });
    const claim = newClaim("patience");
    await patient.take(claim, 1_000);
    await patient.release(claim);
    const { rows } = await client.query(
      "SELECT current_setting('lock_timeout') AS patience, current_setting('synchronous_commit') AS commit",
    );
    const { rows: usual } = await pool.query("SHOW synchronous_commit");
    client.release();
    expect(rows).toEqual([{ patience: "0", commit: usual[0].synchronous_commit }]);
  });
});
