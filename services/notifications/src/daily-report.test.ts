import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { createDatabase, eventually, type TestDatabase } from "@vigia/testkit";
import { startDailyReport } from "./daily-report.ts";

const OLGA = randomUUID();
const ONCE = "SELECT user_id, kind, title, body, event_id FROM vigia.notifications ORDER BY title";

let server: TestDatabase;
let database: Database;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "daily-report-test" });
  await database.query(
    `INSERT INTO marketplace.users (id, name, address, language, operator) VALUES
       ($1, 'Olga', '0x1', 'en', true), (gen_random_uuid(), 'Sara', '0x2', 'en', false)`,
    [OLGA],
  );
  await database.query(ROWS);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((report) => report.stop()));
  await database.query("TRUNCATE vigia.notifications CASCADE");
});
afterAll(async () => {
  await database?.close();
  await server?.drop();
});

const ROWS = `
INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
SELECT severity || n, 'C', severity, 'order', n::text, status, '{}', now(), now()
  FROM (VALUES ('critical', 1, 'open'), ('high', 2, 'open'), ('low', 3, 'open'), ('high', 4, 'snoozed')) AS i (severity, n, status);
INSERT INTO vigia.issue_history (fingerprint, change, at)
VALUES ('a', 'opened', now()), ('a', 'resolved', now()), ('b', 'opened', now()), ('c', 'opened', now() - interval '2 days');
INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, attempt, instance)
VALUES ('1', 'j', 's', 'completed', now(), now(), 1, 'i'), ('2', 'j', 's', 'failed', now(), now(), 1, 'i'),
       ('3', 'j', 's', 'failed', now() - interval '2 days', now() - interval '2 days', 1, 'i'),
       ('4', 'j', 's', 'running', now(), NULL, 1, 'i');
INSERT INTO vigia.cleanup_reports (message_id, task, execution_id, counts, at)
VALUES ('m', 't', 'e', '{"expired":5}', now()), ('n', 't', 'e', '{"outbox":9}', now()),
       ('o', 't', 'e', '{"expired":7}', now() - interval '2 days');
INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number) VALUES (1, '0xc', 90, 100), (2, '0xd', 9, 10);
`;

function start(hour: number | undefined): void {
  running.push(startDailyReport({ database, hour, source: "notifications", log: createLogger("test", "fatal") }));
}

it("tells operators once, by however many processes, how all stands", async () => {
  for (let process = 1; process <= 3; process += 1) start(0);
  const told = await eventually(async () => {
    const { rows } = await database.query<{ title: string; body: string }>(ONCE);
    return rows.length > 0 && rows;
  });
  await Promise.all(running.splice(0).map((report) => report.stop()));
  expect(told).toEqual([
    {
      user_id: OLGA,
      kind: "daily-report",
      title: expect.stringMatching(/^Daily report, \d{4}-\d\d-\d\d$/),
      body:
        "Open issues: 1 critical, 1 high, 1 other; within a day 2 opened and 1 were resolved. Runs: 1 completed, 1 failed. " +
        "Orders expired: 5. Dead letters that wait: 0. Notices given up: 0. The chain is read up to 10 blocks behind.",
      event_id: expect.stringMatching(/^daily-report@/),
    },
  ]);
  expect((await database.query(ONCE)).rows).toEqual(told);
});

it("is due from its hour on, on a day that has none yet", async () => {
  const due = (hour: number) => database.transaction({ source: "test" }, (tx) => tx.dailyReports.due(hour));
  const { rows } = await database.query<{ hour: number; day: string }>(
    `SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::int AS hour, (now() AT TIME ZONE 'UTC')::date::text AS day`,
  );
  const [{ hour, day }] = rows as [{ hour: number; day: string }];
  expect(await due(hour)).toBe(day);
  expect(await due(hour + 1)).toBeUndefined();
  const notice = { userId: OLGA, kind: "daily-report", title: "t", body: "b", data: {} };
  await database.transaction({ source: "test" }, (tx) => tx.notifications.add(`daily-report@${day}`, [notice]));
  expect(await due(hour)).toBeUndefined();
});
