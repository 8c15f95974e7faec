import { type Database, migrate, openDatabase } from "@vigia/database";
import { eventually, type ServerHandle, startPostgres } from "@vigia/testkit";
import type { Check } from "./check.ts";
import { sql } from "./sql.ts";
import { check } from "./tasks/check.ts";
import { runToEnd } from "./testing/runs.ts";

/** Longer than any wait of these tests: who waits so long does not wait for the time to pass. */
const FOR_EVER = 3_600;

/** Where each look was taken, and what it saw. */
const told: Check = {
  code: "UNSEEN",
  severity: "high",
  meaning: "it is wrong",
  why: "It matters.",
  remedy: "Repair it.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: () => sql`SELECT id AS entity_id, jsonb_build_object('onReplica', pg_is_in_recovery()) AS evidence
                     FROM marketplace.orders WHERE amount = 0`,
};

let primary: ServerHandle;
let copy: ServerHandle;
let database: Database;
let replica: Database;

beforeAll(async () => {
  primary = await startPostgres();
  await migrate({ url: primary.url });
  copy = await startPostgres({ replicaOf: primary.url });
  database = await openDatabase({ url: primary.url, applicationName: "view" });
  replica = await openDatabase({ url: copy.url, applicationName: "view" });
});
afterAll(async () => {
  await Promise.all([database?.close(), replica?.close()]);
  await copy?.stop();
  await primary?.stop();
});

const run = (patienceSeconds: number) => {
  const options = { checks: [told], followingGraceSeconds: 0, replica: { url: copy.url, patienceSeconds } };
  return runToEnd(database, check(options));
};

async function addWrongOrder(): Promise<void> {
  await database.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount, status,
                                     expires_at)
     VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '0x01', '0x02', 1, '0x03', 0, 'created', now())`,
  );
}

async function open(): Promise<object[]> {
  const { rows } = await database.query<{ check: string; evidence: object }>(
    `SELECT check_code AS "check", evidence FROM vigia.issues WHERE status = 'open' ORDER BY check_code, first_seen`,
  );
  return rows.map(({ check, evidence }) => ({ check, ...evidence }));
}

const ON_REPLICA = { check: "UNSEEN", onReplica: true };
const ON_PRIMARY = { check: "UNSEEN", onReplica: false };

it("reads what the run began with from a replica, waits for it, and reads from the primary where it lags or is away", async () => {
  await addWrongOrder();
  await run(FOR_EVER);
  expect(await open()).toEqual([ON_REPLICA]);

  // The replica is held back: its view is older than the run until it goes on.
  await replica.query("SELECT pg_wal_replay_pause()");
  await addWrongOrder();
  const waiting = run(FOR_EVER);
  await eventually(async () => {
    const { rows } = await database.query<{ since: number }>(
      `SELECT count(*) AS since FROM vigia.canaries WHERE planted_at > (SELECT max(created_at) FROM marketplace.orders)`,
    );
    return Number(rows[0]?.since) === 1;
  });
  await replica.query("SELECT pg_wal_replay_resume()");
  await waiting;
  expect(await open()).toEqual([ON_REPLICA, ON_REPLICA]);

  await replica.query("SELECT pg_wal_replay_pause()");
  await addWrongOrder();
  await run(0);
  const lags = "it lags by more than 0 s, or is a copy of something else";
  expect(await open()).toEqual([{ check: "REPLICA_NOT_READ", reason: lags }, ON_PRIMARY, ON_PRIMARY, ON_PRIMARY]);

  await replica.query("SELECT pg_wal_replay_resume()");
  await run(FOR_EVER);
  expect(await open()).toEqual([ON_REPLICA, ON_REPLICA, ON_REPLICA]);

  await copy.stop();
  await run(FOR_EVER);
  const [away, ...found] = await open();
  expect(away).toMatchObject({ check: "REPLICA_NOT_READ", reason: expect.stringMatching(/^it can't be reached: .+/) });
  expect(found).toEqual([ON_PRIMARY, ON_PRIMARY, ON_PRIMARY]);
});
