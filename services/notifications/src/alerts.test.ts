import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { createDatabase, eventually, type TestDatabase } from "@vigia/testkit";
import { startAlerts } from "./alerts.ts";

const TIMES = { waitSeconds: 30, intervalSeconds: 300, repeatSeconds: 14_400 };
const CHECK = "AMOUNT_MISMATCH";
const OPERATOR = randomUUID();
const COUNTED = /^(.*): the amounts differ\. (.*)$/;

let server: TestDatabase;
let database: Database;
let running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "alerts-test" });
  await database.query(
    `INSERT INTO marketplace.users (id, name, address, language, operator) VALUES
       ($1, 'Olga', '0x1', 'en', true), (gen_random_uuid(), 'Sara', '0x2', 'en', false)`,
    [OPERATOR],
  );
});
afterEach(async () => {
  await stop();
  await database.query("TRUNCATE vigia.issues, vigia.alert_groups, vigia.alerts, vigia.notifications CASCADE");
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

/** Two processes, for each must be told once all the same. */
function start(): void {
  const options = { database, times: TIMES, source: "notifications", log: createLogger("alerts-test", "fatal") };
  running = [startAlerts(options), startAlerts(options)];
}

async function stop(): Promise<void> {
  await Promise.all(running.splice(0).map((alerts) => alerts.stop()));
}

async function restart(): Promise<void> {
  await stop();
  start();
}

/** Of thousands of changes the first writes and all others find that it did: so many stand for them. */
const MOST_NOTED = 20;

/** Brings orders `first` to `last` to a status, and notes that they changed, as their events do. */
async function become(status: string, first: number, last = first, check = CHECK): Promise<void> {
  await database.query(
    `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
     SELECT $1 || ':order:' || n, $1, 'critical', 'order', n, $2, '{}', now(), now() FROM generate_series($3::int, $4) AS n
         ON CONFLICT (fingerprint) DO UPDATE SET status = excluded.status`,
    [check, status, first, last],
  );
  await database.transaction({ source: "test" }, async (tx) => {
    const group = { check, severity: "critical", meaning: "the amounts differ" } as const;
    for (let n = 0; n < Math.min(last - first + 1, MOST_NOTED); n += 1) await tx.alerts.changed(group);
  });
}

/** As if all changes and messages were so long ago. What is not due then has seconds to spare. */
async function ago(seconds: number): Promise<void> {
  await database.query(
    `UPDATE vigia.alert_groups
        SET changed_at = CASE WHEN changed_at IS NOT NULL THEN now() - $1 * interval '1 second' END,
            told_at = CASE WHEN told_at IS NOT NULL THEN now() - $1 * interval '1 second' END`,
    [seconds],
  );
}

async function messages() {
  const { rows } = await database.query<{ user_id: string; kind: string; title: string; body: string }>(
    `SELECT user_id, kind, title, body FROM vigia.notifications ORDER BY created_at, title`,
  );
  expect(rows.every(({ user_id }) => user_id === OPERATOR)).toBe(true);
  return rows.map(({ kind, title, body }) => {
    const [, counts, sample] = COUNTED.exec(body) ?? [];
    return { kind, title, counts, sample };
  });
}

/** Until what is due by now has been seen to: a group of its own, due now and last by its name, was. */
async function settled(): Promise<void> {
  const last = `Z_${randomUUID()}`;
  await become("acknowledged", 1, 1, last);
  await database.query(
    `UPDATE vigia.alert_groups SET changed_at = changed_at - interval '30 seconds' WHERE check_code = $1`,
    [last],
  );
  await eventually(async () => {
    const { rows } = await database.query(
      `SELECT FROM vigia.alert_groups WHERE check_code = $1 AND changed_at IS NULL`,
      [last],
    );
    return rows.length === 1;
  });
  // The other process may still be at a group that came before.
  await database.query("SELECT FROM vigia.alert_groups FOR UPDATE");
}

/** The messages since the last look, once what is due by now has been seen to. */
async function told() {
  await settled();
  const found = await messages();
  await database.query("TRUNCATE vigia.notifications CASCADE");
  return found;
}

const opened = { kind: "issue-opened", title: `critical: ${CHECK}` };
const stillOpen = { kind: "issue-still-open", title: `Still critical: ${CHECK}` };

it("tells of 10,000 issues in one message, of a late wave in one more, of those that are left again, and of the end", async () => {
  start();
  await become("open", 1, 9_000);
  expect(await told()).toEqual([]);
  await become("open", 9_001, 10_000);
  await restart();
  await ago(5);
  expect(await told()).toEqual([]);
  await ago(30);
  expect(await told()).toEqual([
    {
      ...opened,
      counts: "10000 open, 10000 of them new",
      sample:
        "order 1, order 10, order 100, order 1000, order 10000, order 1001, order 1002, order 1003, order 1004, order 1005 and 9990 more",
    },
  ]);

  await restart();
  await become("open", 10_001, 10_003);
  await ago(200);
  expect(await told()).toEqual([]);
  await ago(300);
  expect(await told()).toEqual([
    {
      ...opened,
      counts: "10003 open, 3 of them new",
      sample: expect.stringMatching(/^order 10001, order 10002, order 10003, order 1,.* and 9993 more$/),
    },
  ]);

  await become("resolved", 1, 10_000);
  await ago(300);
  expect(await told()).toEqual([
    {
      ...stillOpen,
      counts: "3 open, 10000 resolved since the last message",
      sample: "order 10001, order 10002, order 10003",
    },
  ]);

  await ago(14_000);
  await restart();
  expect(await told()).toEqual([]);
  for (const _ of ["once", "again"]) {
    await ago(14_400);
    expect(await told()).toEqual([{ ...stillOpen, counts: "3 open", sample: "order 10001, order 10002, order 10003" }]);
  }

  await become("resolved", 10_001, 10_003);
  await ago(300);
  expect(await told()).toEqual([
    {
      kind: "issue-resolved",
      title: `Resolved: ${CHECK}`,
      counts: "No longer so",
      sample: "Last seen on order 10001, order 10002, order 10003",
    },
  ]);
  await ago(20_000);
  expect(await told()).toEqual([]);

  await become("open", 1);
  await ago(30);
  expect(await told()).toEqual([{ ...opened, counts: "1 open, 1 of them new", sample: "order 1" }]);
});

it("says nothing of what came and went before anybody was told", async () => {
  start();
  await become("open", 1, 5);
  await become("resolved", 1, 5);
  await ago(30);
  expect(await told()).toEqual([]);
  const { rows } = await database.query(`SELECT FROM vigia.alert_groups WHERE check_code = $1`, [CHECK]);
  expect(rows).toEqual([]);
});

it("says nothing of what closed and opened again between two messages", async () => {
  start();
  await become("open", 1);
  await ago(30);
  expect(await told()).toHaveLength(1);
  await become("resolved", 1);
  await become("open", 1);
  await ago(300);
  expect(await told()).toEqual([]);
});

it("repeats nothing that somebody sees to, and tells again of what was put off when it is back", async () => {
  start();
  await become("open", 1, 2);
  await ago(30);
  expect(await told()).toHaveLength(1);
  await become("snoozed", 1, 2);
  await ago(300);
  expect(await told()).toEqual([]);
  await ago(20_000);
  expect(await told()).toEqual([]);
  await stop();
  expect(await database.transaction({ source: "test" }, (tx) => tx.alerts.take(TIMES, 1))).toBeUndefined();
  start();
  await become("open", 2);
  await ago(300);
  expect(await told()).toEqual([
    { ...opened, counts: "1 open, 1 of them new, 1 acknowledged or snoozed", sample: "order 2" },
  ]);
});

it("keeps each check's issues apart", async () => {
  start();
  await become("open", 1);
  await become("open", 2, 2, "PARTY_MISMATCH");
  await ago(30);
  // Each process may tell one of them at the same moment.
  const titles = (await told()).map(({ title }) => title).toSorted();
  expect(titles).toEqual([`critical: ${CHECK}`, "critical: PARTY_MISMATCH"]);
});
