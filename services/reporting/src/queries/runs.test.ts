import { tablesOf } from "../testing/tables.ts";
import { findRun } from "./run-history.ts";
import { listRuns } from "./runs.ts";
import { describeTimeline } from "./timeline.ts";

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

const database = tablesOf(ROWS);

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

describe("a run that was cancelled", () => {
  beforeAll(async () => {
    await database.query(`
      INSERT INTO vigia.operator_actions (command_id, operator, target, command, data)
      VALUES ('c1', 'ana', 'runs', 'cancel', '{"executionId":"other"}');
      INSERT INTO vigia.cancellations (message_id, execution_id, command_id, reason)
      VALUES ('tick-2', 'other', 'c1', 'the wrong day'), ('tick-0', 'old', 'from elsewhere', NULL)`);
  });

  it("says who wanted that, and why; a command of another way has no name", async () => {
    expect((await findRun(database, "other"))?.cancellation).toEqual({
      ...{ commandId: "c1", operator: "ana", reason: "the wrong day", at: expect.any(Date) },
    });
    expect((await findRun(database, "old"))?.cancellation).toMatchObject({ operator: null, reason: null });
    expect((await findRun(database, "first"))?.cancellation).toBeNull();
  });
});

describe("listRuns", () => {
  it("names the dead letter as which the message of a failed run waits, and none that was replayed", async () => {
    const letters = async () => {
      const { runs } = await listRuns(database, { limit: 10 });
      return runs.flatMap(({ executionId, deadLetter }) => (deadLetter === null ? [] : [[executionId, deadLetter]]));
    };
    expect(await letters()).toEqual([["first", 7]]);
    await database.query("UPDATE vigia.dead_letters SET resolved_at = now()");
    expect(await letters()).toEqual([]);
    await database.query("UPDATE vigia.dead_letters SET resolved_at = NULL");
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
