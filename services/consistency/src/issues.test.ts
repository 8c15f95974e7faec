import type { EntityRange, Issue, IssueStatus } from "@vigia/database";
import type { Check } from "./check.ts";
import { type Finding, fingerprintOf } from "./finding.ts";
import { decide } from "./issues.ts";
import { sql } from "./sql.ts";

const at = new Date("2030-01-02T00:00:00Z");
const earlier = new Date("2030-01-01T00:00:00Z");

function checkOf(code: string, inhibits: readonly string[] = []): Check {
  const query = () => sql`SELECT`;
  const words = { meaning: "it is wrong", why: "It matters.", remedy: "Repair it." };
  return { code, severity: "high", ...words, entityType: "order", query, graceSeconds: 0, inhibits };
}

const cause = checkOf("CAUSE", ["EFFECT"]);
const effect = checkOf("EFFECT");
const checks = [cause, effect];

function finding(check: Check, entityId: string, evidence: Record<string, unknown> = { orderId: entityId }): Finding {
  return { check, entityId, evidence, fingerprint: fingerprintOf(check, entityId), settled: true };
}

function young(finding: Finding): Finding {
  return { ...finding, settled: false };
}

function issue(check: Check, entityId: string, status: IssueStatus, evidence = { orderId: entityId }): Issue {
  return {
    fingerprint: fingerprintOf(check, entityId),
    check: check.code,
    severity: check.severity,
    entityType: check.entityType,
    entityId,
    status,
    evidence,
    occurrences: 1,
    firstSeen: earlier,
    lastSeen: earlier,
    snoozedUntil: null,
    openedToday: 1,
  };
}

interface Given {
  readonly known?: readonly Issue[];
  readonly found?: readonly Finding[];
  readonly complete?: readonly string[];
  readonly range?: EntityRange;
  readonly standing?: readonly Issue[];
}

function decided({ known = [], found = [], complete = ["CAUSE", "EFFECT"], range = {}, standing = [] }: Given) {
  const judged = { findings: found, complete: new Set(complete), range, at };
  const { changed, unchanged, withheld } = decide(judged, known, standing, checks);
  return {
    changed: changed.map(({ change, issue }) => `${change} ${issue.fingerprint}`),
    unchanged,
    withheld: withheld.map(({ fingerprint }) => fingerprint),
  };
}

describe("decide", () => {
  const nothing = { changed: [], unchanged: [], withheld: [] };
  const cases: readonly (readonly [string, Given, Partial<ReturnType<typeof decided>>])[] = [
    ["opens what is new", { found: [finding(cause, "1")] }, { changed: ["opened CAUSE:order:1"] }],
    [
      "resolves what is gone from the page that was looked at, and nothing beyond it",
      {
        known: ["1", "2", "3", "4"].map((id) => issue(cause, id, "open")),
        range: { after: "1", upTo: "3" },
        found: [finding(cause, "3")],
      },
      { changed: ["resolved CAUSE:order:2"], unchanged: ["CAUSE:order:3"] },
    ],
    [
      "keeps back what follows from what was found elsewhere",
      { standing: [issue(cause, "4", "open")], found: [finding(effect, "4"), finding(effect, "5")] },
      { changed: ["opened EFFECT:order:5"], withheld: ["EFFECT:order:4"] },
    ],
    [
      "opens nothing that may still come right",
      { found: [young(finding(cause, "1"))] },
      { changed: [], withheld: ["CAUSE:order:1"] },
    ],
    [
      "keeps open what something touched",
      { known: [issue(cause, "1", "open")], found: [young(finding(cause, "1"))] },
      { changed: [], unchanged: ["CAUSE:order:1"] },
    ],
    [
      "waits for a young cause",
      { found: [young(finding(cause, "1")), finding(effect, "1")] },
      { changed: [], withheld: ["CAUSE:order:1", "EFFECT:order:1"] },
    ],
    [
      "leaves what is found again as it was",
      { known: [issue(cause, "1", "open")], found: [finding(cause, "1")] },
      { changed: [], unchanged: ["CAUSE:order:1"] },
    ],
    [
      "updates what is found with other evidence",
      { known: [issue(cause, "1", "open")], found: [finding(cause, "1", { orderId: "1", amount: "2" })] },
      { changed: ["updated CAUSE:order:1"] },
    ],
    [
      "resolves what is not found any more",
      { known: [issue(cause, "1", "open")] },
      { changed: ["resolved CAUSE:order:1"] },
    ],
    [
      "resolves what was acknowledged or snoozed",
      { known: [issue(cause, "1", "acknowledged"), issue(cause, "2", "snoozed")] },
      { changed: ["resolved CAUSE:order:1", "resolved CAUSE:order:2"] },
    ],
    ["resolves nothing whose check failed", { known: [issue(cause, "1", "open")], complete: ["EFFECT"] }, nothing],
    [
      "opens what comes back",
      { known: [issue(cause, "1", "resolved")], found: [finding(cause, "1")] },
      { changed: ["opened CAUSE:order:1"] },
    ],
    [
      "resolves what was wrong with a check when that check has run",
      { known: [{ ...issue(cause, "EFFECT", "open"), entityType: "check" }], complete: ["CAUSE", "EFFECT"] },
      { changed: ["resolved CAUSE:order:EFFECT"] },
    ],
    [
      "leaves open what is wrong with a check that was not to run",
      { known: [{ ...issue(cause, "EFFECT", "open"), entityType: "check" }], complete: ["CAUSE"] },
      nothing,
    ],
    ["leaves resolved what is gone", { known: [issue(cause, "1", "resolved")] }, nothing],
    [
      "opens no consequence of a cause on the same trade",
      { found: [finding(cause, "1"), finding(effect, "1"), finding(effect, "2")] },
      { changed: ["opened CAUSE:order:1", "opened EFFECT:order:2"], withheld: ["EFFECT:order:1"] },
    ],
    [
      "leaves a consequence open that was told before its cause",
      { known: [issue(effect, "1", "open")], found: [finding(cause, "1"), finding(effect, "1")] },
      { changed: ["opened CAUSE:order:1"], unchanged: ["EFFECT:order:1"] },
    ],
    [
      "opens a consequence that outlives its cause",
      { known: [issue(cause, "1", "open")], found: [finding(effect, "1")] },
      { changed: ["resolved CAUSE:order:1", "opened EFFECT:order:1"] },
    ],
  ];

  it.each(cases)("%s", (_, given, expected) => {
    expect(decided(given)).toEqual({ ...nothing, ...expected });
  });

  const snoozed = (until: Date) => ({ ...issue(cause, "1", "snoozed"), snoozedUntil: until });

  it("leaves a snooze be until its time has come, and opens the issue again then", () => {
    const found = [finding(cause, "1")];
    expect(decided({ known: [snoozed(new Date(at.getTime() + 1))], found })).toEqual({
      ...nothing,
      unchanged: ["CAUSE:order:1"],
    });
    expect(decided({ known: [snoozed(at)], found })).toEqual({ ...nothing, changed: ["reopened CAUSE:order:1"] });
    expect(decided({ known: [snoozed(at)] })).toEqual({ ...nothing, changed: ["resolved CAUSE:order:1"] });
  });

  it("keeps open what comes and goes, until it was gone for an hour", () => {
    const flapping = (openedToday: number, minutesGone: number) => ({
      ...issue(cause, "1", "open"),
      openedToday,
      lastSeen: new Date(at.getTime() - minutesGone * 60_000),
    });
    expect(decided({ known: [flapping(2, 30)] }).changed).toEqual(["resolved CAUSE:order:1"]);
    expect(decided({ known: [flapping(3, 30)] }).changed).toEqual([]);
    expect(decided({ known: [flapping(3, 60)] }).changed).toEqual(["resolved CAUSE:order:1"]);
  });

  it("keeps the row of an issue that comes back", () => {
    const before = issue(cause, "1", "resolved");
    const { changed } = decide(
      { findings: [finding(cause, "1")], complete: new Set(), range: {}, at },
      [before],
      [],
      checks,
    );
    expect(changed[0]?.issue).toEqual({ ...before, status: "open", occurrences: 2, lastSeen: at, openedToday: 2 });
  });
});
