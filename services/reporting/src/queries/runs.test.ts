import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { findRun } from "./run-history.ts";
import { describeTimeline } from "./timeline.ts";

let holder: TestDatabase;
let database: Database;

beforeAll(async () => {
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "test" });
  await database.query(ROWS);
});
afterAll(async () => {
  await database?.close();
  await holder?.drop();
});

const CHECK = "consistency.check";
const ROWS = `
INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, attempt, instance, message_id)
VALUES ('old', '${CHECK}', 's', 'completed', now() - interval '3 hours', now() - interval '3 hours', 1, 'i', 'tick-0'),
       ('first', '${CHECK}', 's', 'failed', now() - interval '9 minutes', now() - interval '8 minutes', 1, 'i', 'tick-1'),
       ('second', '${CHECK}', 's', 'running', now() - interval '6 minutes', NULL, 1, 'i', 'tick-1#7'),
       ('other', 'cleanup.expire-orders', 's', 'completed', now() - interval '8 minutes', now(), 1, 'i', 'tick-2'),
       ('alone', 'cleanup.expire-orders', 's', 'running', now() - interval '1 day', NULL, 1, 'i', NULL);
INSERT INTO vigia.checkpoints (task, message_id, value) VALUES ('${CHECK}', 'tick-1', '{"page":3}');
INSERT INTO vigia.event_feed (id, subject, source, payload, at)
VALUES ('e1', 'vigia.event.run.failed.consistency.check', 's', '{"executionId":"first"}', now() - interval '8 minutes'),
       ('e2', 'vigia.event.run.started.consistency.check', 's', '{"executionId":"second"}', now() - interval '6 minutes');
INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, message_id, body, headers, reason, tries, at)
VALUES ('letter', 7, 'consistency-check', 's', 'tick-1', '', '{}', 'no answer', 5, now() - interval '7 minutes');
INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
VALUES ('f', 'SELF_TRADE', 'high', 'order', 'o1', 'open', '{}', now(), now());
INSERT INTO vigia.issue_history (fingerprint, change, command_id, at)
VALUES ('f', 'opened', NULL, now() - interval '5 minutes'), ('f', 'acknowledged', 'c', now() - interval '4 minutes'),
       ('f', 'reopened', NULL, now() - interval '8.5 minutes'), ('f', 'resolved', NULL, now() - interval '1 hour');
`;

describe("findRun", () => {
  it("tells of the replay of a message what it has come to, with the attempts before it", async () => {
    const run = await findRun(database, "second");
    expect(run?.attempts.map(({ executionId }) => executionId)).toEqual(["first", "second"]);
    expect(run).toMatchObject({
      messageId: "tick-1#7",
      progress: { value: { page: 3 }, at: expect.any(Date) },
      events: [{ id: "e2" }],
      issues: [{ fingerprint: "f", check: "SELF_TRADE", change: "opened" }],
      deadLetters: [{ sequence: 7 }],
    });
  });

  it("tells of a run that has ended what was told and changed while it ran", async () => {
    const run = await findRun(database, "first");
    expect(run).toMatchObject({ events: [{ id: "e1" }], issues: [{ change: "reopened" }] });
  });

  it("leaves issues to the runs of checks, and tells of one that no message asked for", async () => {
    expect(await findRun(database, "other")).toMatchObject({ issues: [], deadLetters: [], progress: null });
    const alone = await findRun(database, "alone");
    expect(alone).toMatchObject({ messageId: null, attempts: [{ executionId: "alone" }], deadLetters: [] });
    expect(await findRun(database, "nobody")).toBeUndefined();
  });
});

describe("describeTimeline", () => {
  it("gives what began within the hours, oldest first, and what runs still", async () => {
    const { runs, from, to } = await describeTimeline(database, [CHECK, "cleanup.expire-orders"], 1);
    expect(runs.map(({ executionId }) => executionId)).toEqual(["alone", "first", "other", "second"]);
    expect(to.getTime() - from.getTime()).toBe(3_600_000);
  });

  it("keeps to the tasks", async () => {
    const { runs } = await describeTimeline(database, [CHECK], 24);
    expect(runs.map(({ executionId }) => executionId)).toEqual(["alone", "old", "first", "second"]);
  });
});
