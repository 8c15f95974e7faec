import { tablesOf } from "../testing/tables.ts";
import { findIssue, ISSUE_STEPS, type IssueFilter, listIssues } from "./issues.ts";

const ROWS = `
INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen,
                          last_seen, reason)
VALUES ('order', 'AMOUNT_MISMATCH', 'critical', 'order', 'o1', 'open', '{"token":"100%"}', now(), now(), NULL),
       ('escrow', 'ESCROW_SHARED', 'critical', 'escrow', 'e1', 'open', '{"orderId":"o1"}', now(), now(), 'asked Ana'),
       ('other', 'SELF_TRADE', 'high', 'order', 'o2', 'resolved', '{}', now(), now(), NULL);
INSERT INTO vigia.operator_actions (command_id, operator, target, command, data)
VALUES ('c1', 'ana', 'consistency', 'acknowledge', '{}');
INSERT INTO vigia.issue_history (fingerprint, change, reason, command_id, at)
VALUES ('escrow', 'acknowledged', 'asked Ana', 'c1', now() - interval '2 hours'),
       ('escrow', 'opened', NULL, NULL, now() - interval '3 hours'),
       ('escrow', 'reopened', NULL, 'c2', now() - interval '1 hour'),
       ('other', 'resolved', NULL, NULL, now());
INSERT INTO vigia.issue_history (fingerprint, change, at)
SELECT 'order', 'updated', now() + n * interval '1 second' FROM generate_series(0, ${ISSUE_STEPS}) AS n;
`;

const database = tablesOf(ROWS);

describe("listIssues", () => {
  it.each<[Partial<IssueFilter>, string[]]>([
    [{}, ["escrow", "order", "other"]],
    [{ entity: "o1" }, ["escrow", "order"]],
    [{ entity: "o" }, []],
    [{ text: "ANA" }, ["escrow"]],
    [{ text: "self_trade" }, ["other"]],
    [{ text: "0%" }, ["order"]],
    [{ text: "o1", status: "open", severity: "critical", check: "AMOUNT_MISMATCH" }, ["order"]],
  ])("%j", async (filter, fingerprints) => {
    const page = await listIssues(database, { ...filter, limit: 10 });
    expect(page.issues.map(({ fingerprint }) => fingerprint)).toEqual(fingerprints);
    expect(page.total).toBe(fingerprints.length);
  });

  it("counts those of every page", async () => {
    const { total, next } = await listIssues(database, { limit: 1 });
    expect(total).toBe(3);
    expect(await listIssues(database, { limit: 1, before: next ?? "" })).toMatchObject({ total: 3 });
  });
});

describe("findIssue", () => {
  it("tells what became of it, and who said so", async () => {
    const issue = await findIssue(database, "escrow");
    expect(issue?.history).toEqual([
      { change: "opened", at: expect.any(Date), reason: null, commandId: null, operator: null },
      { change: "acknowledged", at: expect.any(Date), reason: "asked Ana", commandId: "c1", operator: "ana" },
      { change: "reopened", at: expect.any(Date), reason: null, commandId: "c2", operator: null },
    ]);
  });

  it("tells the newest steps of one that comes and goes", async () => {
    const { history = [] } = (await findIssue(database, "order")) ?? {};
    expect(history).toHaveLength(ISSUE_STEPS);
    expect((history.at(-1)?.at.getTime() ?? 0) - (history[0]?.at.getTime() ?? 0)).toBe((ISSUE_STEPS - 1) * 1_000);
  });
});
