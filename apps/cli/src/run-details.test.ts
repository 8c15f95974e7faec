import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { createTracker } from "@vigia/tracker";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

let home: TestDatabase;
let database: Database;

beforeAll(async () => {
  home = await createDatabase();
  database = await openDatabase({ url: home.url, applicationName: "test", poolSize: 1 });
});

afterAll(async () => {
  await database.close();
  await home.drop();
});

describe("one run", () => {
  const [FIRST, SECOND] = ["3f1e9a0c-0000-4000-8000-000000000001", "3f1e77aa-0000-4000-8000-000000000002"];
  const MESSAGE = "cleanup.expire-orders@2026-03-01T11:00:00.000Z";

  beforeAll(async () => {
    await database.query(
      `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, duration_ms,
              items_processed, error, attempt, instance, fence, message_id, trigger)
       VALUES ($1, 'cleanup.expire-orders', 'cleanup', 'failed', $3, $4, 60000, 7,
               '{"message": "no answer", "stack": "Error: no answer\\n    at expire (x.ts:1)"}', 1, 'cleanup@a#1#b', 4, $5, 'schedule'),
              ($2, 'cleanup.expire-orders', 'cleanup', 'running', $4, NULL, NULL, NULL, NULL, 2, 'cleanup@a#2#c', 5, $5, 'schedule')`,
      [FIRST, SECOND, before(3_600), before(3_540), MESSAGE],
    );
    await database.query(`INSERT INTO vigia.checkpoints (task, message_id, value) VALUES ($1, $2, '{"expired": 7}')`, [
      "cleanup.expire-orders",
      MESSAGE,
    ]);
    await database.query(
      `INSERT INTO vigia.event_feed (id, subject, source, payload, at)
       VALUES ('a', 'vigia.event.run.failed.cleanup.expire-orders', 'cleanup', jsonb_build_object('executionId', $1::text), $2),
              ('b', 'vigia.event.run.failed.cleanup.expire-orders', 'cleanup', '{"executionId": "another"}', $2)`,
      [FIRST, before(3_540)],
    );
    await database.query(
      `INSERT INTO vigia.operator_actions (command_id, operator, target, command, data)
       VALUES ('c1', 'ana', 'runs', 'cancel', '{}')`,
    );
    await database.query(
      "INSERT INTO vigia.cancellations (message_id, execution_id, command_id, at) VALUES ($1, $2, 'c1', $3)",
      [MESSAGE, SECOND, before(60)],
    );
    await database.query(
      `INSERT INTO vigia.dead_letters (sequence, consumer, subject, message_id, body, headers, reason, tries, at)
       VALUES (9, 'cleanup-expire-orders', 'vigia.tick.x', $1, '{}', '{}', 'it is broken', 5, now())`,
      [MESSAGE],
    );
  });

  test("is shown with every try of its message, its error, how far it came and what was told", async () => {
    const { exitCode, stdout } = vigia(["runs", "show", "3f1e9a0c"]);
    expect(await exitCode).toBe(EXIT.ok);
    expect(stdout()).toContain(`cleanup.expire-orders, asked for by schedule ${MESSAGE}`);
    expect(stdout()).toMatch(/Attempt 1: failed, took 1 min\n {2}run +3f1e9a0c-.*\n/);
    expect(stdout()).toMatch(/items +7\n {4}Error: no answer\n {8}at expire \(x\.ts:1\)/);
    expect(stdout()).toMatch(/Attempt 2: running, since 59 min/);
    expect(stdout()).toMatch(/It goes on from what it noted .*: expired 7/);
    expect(stdout()).toContain("Its message is dead letter 9");
    expect(stdout()).toContain("It was cancelled 1 min ago by ana, with command c1.");
    expect(stdout().match(/vigia\.event\.run\.failed/g)).toHaveLength(1);
    expect(stdout()).toContain(`vigia logs ${SECOND}`);

    const json = vigia(["runs", "show", FIRST, "--json"]);
    await json.exitCode;
    expect(JSON.parse(json.stdout())).toMatchObject({
      attempts: [
        { executionId: FIRST, fence: "4" },
        { executionId: SECOND, status: "running" },
      ],
      checkpoint: { value: { expired: 7 } },
    });
  });

  test("is asked for by an id that is one run's alone", async () => {
    const several = vigia(["runs", "show", "3f1e"]);
    expect(await several.exitCode).toBe(EXIT.usage);
    expect(several.stderr()).toContain(`several runs' ids begin so: ${SECOND}, ${FIRST}`);
    const none = vigia(["runs", "show", "ffff"]);
    expect(await none.exitCode).toBe(EXIT.failed);
    expect(none.stderr()).toContain("no run on record has an id that begins with ffff");
  });
});

test("locks say who holds them, whether that lives, and what to do", async () => {
  const tracker = createTracker({ postgres: database, service: "cleanup" });
  await tracker.start();
  try {
    const lease = await tracker.acquire("cleanup.expire-orders", { ttlSeconds: 60 });
    await database.query(
      `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, attempt, instance, fence)
       VALUES ('abcdef01-2345', 'cleanup.expire-orders', 'cleanup', 'running', now(), 1, $1, $2)`,
      [tracker.owner, String(lease?.fence)],
    );
    await database.query(`INSERT INTO vigia.job_fences VALUES ('chain-sync.sync', 12), ('consistency', 3)`);
    await database.query(
      `INSERT INTO vigia.job_locks (job, owner, token, since, expires_at)
       VALUES ('chain-sync.sync', 'chain-sync@gone#1#x', 't', now(), now() + interval '1 minute'),
              ('consistency', 'consistency@gone#1#x', 't', now() - interval '1 hour', now() - interval '1 minute')`,
    );
    const { exitCode, stdout } = vigia(["locks"]);
    expect(await exitCode).toBe(EXIT.ok);
    expect(stdout()).toMatch(/cleanup\.expire-orders +held +cleanup@.* in \d+ s +1 +cleanup\.expire-orders abcdef01/);
    expect(stdout()).toMatch(/chain-sync\.sync +orphaned +chain-sync@gone#1#x .* 12/);
    expect(stdout()).toMatch(/\nconsistency +free +1 min ago +3/);
    expect(stdout()).toContain("See its run: vigia runs show abcdef01. To end it, stop the process");
    expect(stdout()).toContain("chain-sync.sync: its holder gives no sign of life. Nothing to do");

    const json = vigia(["locks", "--json"]);
    await json.exitCode;
    const { locks } = JSON.parse(json.stdout());
    expect(locks).toContainEqual(
      expect.objectContaining({
        ...{ lock: "cleanup.expire-orders", state: "held", holder: tracker.owner, fence: "1" },
        ...{ run: { task: "cleanup.expire-orders", executionId: "abcdef01-2345" } },
      }),
    );
  } finally {
    await tracker.stop();
  }
});

function vigia(args: readonly string[]) {
  return call(args, { environment: { DATABASE_URL: home.url }, now: NOW });
}

function before(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1_000);
}
