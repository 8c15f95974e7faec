import type { Findings, History, IssueEvent, IssueRow } from "../history.ts";
import { groupBy, type Judgement, judge } from "./verdict.ts";

/** What the planted orders violate. */
export const PLANTED_CHECK = "SELF_TRADE";

/** F1, F2: what the checks found, amid faults, and how often they said so. */
export function judgeFindings({ findings }: History): Judgement[] {
  return [judgeFound(findings), judgeTold(findings)];
}

function judgeFound({ planted, issues }: Findings): Judgement {
  const found = new Map(issues.filter(({ check }) => check === PLANTED_CHECK).map((issue) => [issue.entityId, issue]));
  const known = new Set(planted.map(({ id }) => id));
  const isOpen = (id: string) => (found.get(id)?.status ?? "resolved") !== "resolved";
  return judge(
    "F1",
    [
      { what: "orders that are wrong", count: planted.filter(({ mended }) => !mended).length, atLeast: 1 },
      {
        what: "found, and mended",
        count: planted.filter(({ id, mended }) => mended && found.has(id)).length,
        atLeast: 1,
      },
    ],
    [
      ...planted
        .filter(({ id, mended }) => !mended && !isOpen(id))
        .map(({ id }) => `order ${id} is wrong, and no issue`),
      ...planted
        .filter(({ id, mended }) => mended && isOpen(id))
        .map(({ id }) => `order ${id} is mended, and an issue`),
      ...[...found.keys()].filter((id) => !known.has(id)).map((id) => `order ${id} is an issue, and was always right`),
    ],
  );
}

function judgeTold({ issues, told }: Findings): Judgement {
  const events = groupBy(told, ({ fingerprint }) => fingerprint);
  const changes = (change: string) => told.filter((event) => event.change === change).length;
  return judge(
    "F2",
    [
      { what: "issues", count: issues.length, atLeast: 5 },
      { what: "openings told", count: changes("opened"), atLeast: 5 },
      { what: "updates told", count: changes("updated"), atLeast: 0 },
      { what: "ends told", count: changes("resolved"), atLeast: 1 },
    ],
    [
      ...[...events].flatMap(([fingerprint, life]) => mistakesOf(life).map((what) => `issue ${fingerprint} ${what}`)),
      ...issues.flatMap((issue) => differences(issue, events.get(issue.fingerprint) ?? [])),
    ],
  );
}

/** An issue is opened, updated while it is open, each time with something new, and resolved; then opened again. */
function mistakesOf(life: readonly IssueEvent[]): string[] {
  return life.flatMap(({ change, evidence }, index) => {
    const before = life[index - 1];
    const wasOpen = before !== undefined && before.change !== "resolved";
    if (change === "opened") return wasOpen ? ["was opened while it was open"] : [];
    if (!wasOpen) return [`was ${change} while it was not open`];
    return change === "updated" && evidence === before.evidence ? ["was updated with nothing new"] : [];
  });
}

/** What is on record of an issue, and was told otherwise. */
function differences({ fingerprint, status, occurrences, changes }: IssueRow, life: readonly IssueEvent[]): string[] {
  const openings = life.filter(({ change }) => change === "opened").length;
  const isOpen = life.length > 0 && life.at(-1)?.change !== "resolved";
  return [
    ...(isOpen === (status !== "resolved") ? [] : [`issue ${fingerprint} is ${status}, and was told otherwise`]),
    ...(openings === occurrences ? [] : [`issue ${fingerprint} came ${occurrences} times and was opened ${openings}`]),
    ...(changes === life.length ? [] : [`issue ${fingerprint} has ${changes} changes, and ${life.length} were told`]),
  ];
}
