import { calendarOf } from "./calendar.ts";
import { whatIsDue } from "./due.ts";
import type { Schedule } from "./schedule.ts";

type Row = readonly [timeZone: string, cron: string, day: string, expected: string, from?: string];

/*
 * In 2026 the clocks are put on, and back, at these instants:
 * Europe/Madrid 29 March 01:00Z (02:00 is 03:00) and 25 October 01:00Z (03:00 is 02:00),
 * America/New_York 8 March 07:00Z (02:00 is 03:00) and 1 November 06:00Z (02:00 is 01:00),
 * Australia/Lord_Howe 3 October 15:30Z (02:00 is 02:30) and 4 April 15:00Z (02:00 is 01:30).
 */
const DAILY: readonly Row[] = [
  ["Europe/Madrid", "0 2 * * *", "a day without a 02:00", "03-28T01:00 03-29T01:00 03-30T00:00"],
  ["Europe/Madrid", "30 2 * * *", "a day without a 02:30", "03-28T01:30 03-29T01:30 03-30T00:30"],
  ["Europe/Madrid", "0 2 * * *", "a day with two", "10-24T00:00 10-25T00:00 10-26T01:00"],
  ["America/New_York", "0 2 * * *", "a day without a 02:00", "03-07T07:00 03-08T07:00 03-09T06:00"],
  ["America/New_York", "30 1 * * *", "a day with two 01:30s", "10-31T05:30 11-01T05:30 11-02T06:30"],
  ["America/New_York", "0 2 * * *", "a day with two 01:00s", "10-31T06:00 11-01T07:00 11-02T07:00"],
  ["Australia/Lord_Howe", "0 2 * * *", "a day without a 02:00", "10-02T15:30 10-03T15:30 10-04T15:00"],
  ["Australia/Lord_Howe", "15 2 * * *", "a day without a 02:15", "10-02T15:45 10-03T15:45 10-04T15:15"],
  ["Australia/Lord_Howe", "0 2 * * *", "a day with two 01:30s", "04-03T15:00 04-04T15:30 04-05T15:30"],
  ["Australia/Lord_Howe", "45 1 * * *", "a day with two 01:45s", "04-03T14:45 04-04T15:15 04-05T15:15"],
  ["Asia/Kolkata", "0 2 * * *", "days like any other", "03-28T20:30 03-29T20:30 03-30T20:30"],
  ["UTC", "0 2 * * *", "days like any other", "03-28T02:00 03-29T02:00 03-30T02:00"],
];

const IN_EVERY_HOUR: readonly Row[] = [
  ["Europe/Madrid", "0 * * * *", "a day that loses an hour", "03-29T00:00 03-29T01:00 03-29T02:00"],
  ["Europe/Madrid", "0 * * * *", "a day that gains one", "10-24T23:00 10-25T00:00 10-25T01:00 10-25T02:00 10-25T03:00"],
  [
    "Europe/Madrid",
    "*/30 * * * *",
    "a day that gains one",
    "10-25T00:30 10-25T01:00 10-25T01:30 10-25T02:00 10-25T02:30",
  ],
  ["Europe/Madrid", "0 */2 * * *", "a day that gains one", "10-24T22:00 10-25T00:00 10-25T03:00"],
  ["America/New_York", "0 * * * *", "a day that loses an hour", "03-08T06:00 03-08T07:00 03-08T08:00"],
  ["America/New_York", "0 * * * *", "a day that gains one", "11-01T05:00 11-01T06:00 11-01T07:00 11-01T08:00"],
  ["America/New_York", "59 * * * *", "a day that gains one", "11-01T05:59 11-01T06:59 11-01T07:59"],
  ["Australia/Lord_Howe", "*/15 * * * *", "a day that loses half", "10-03T15:15 10-03T15:30 10-03T15:45 10-03T16:00"],
  [
    "Australia/Lord_Howe",
    "*/15 * * * *",
    "a day that gains half",
    "04-04T14:30 04-04T14:45 04-04T15:00 04-04T15:15 04-04T15:30 04-04T15:45",
  ],
  ["Australia/Lord_Howe", "40 * * * *", "a day that gains half", "04-04T13:40 04-04T14:40 04-04T15:10 04-04T16:10"],
  ["Asia/Kolkata", "0 * * * *", "any day", "03-29T00:30 03-29T01:30 03-29T02:30"],
];

const WITH_SECONDS: readonly Row[] = [
  [
    "Europe/Madrid",
    "*/20 59 1 * * *",
    "just before it loses an hour",
    "03-29T00:59:00 03-29T00:59:20 03-29T00:59:40 03-29T23:59:00",
  ],
  ["Europe/Madrid", "30 0 3 * * *", "just after it lost an hour", "03-28T02:00:30 03-29T01:00:30 03-30T01:00:30"],
  [
    "Europe/Madrid",
    "*/20 0 2 * * *",
    "an hour that comes twice",
    "10-25T00:00:00 10-25T00:00:20 10-25T00:00:40 10-26T01:00:00",
  ],
  ["Europe/Madrid", "59 59 * * * *", "a day that gains an hour", "10-25T00:59:59 10-25T01:59:59 10-25T02:59:59"],
  [
    "America/New_York",
    "30 59 * * * *",
    "a day that gains an hour",
    "11-01T04:59:30 11-01T05:59:30 11-01T06:59:30 11-01T07:59:30",
  ],
  [
    "Australia/Lord_Howe",
    "15 30 * * * *",
    "a day that gains half",
    "04-04T13:30:15 04-04T14:30:15 04-04T15:00:15 04-04T16:00:15",
  ],
  ["Asia/Kolkata", "45 0 2 * * *", "any day", "03-28T20:30:45 03-29T20:30:45"],
  // From within the second time of an hour that comes twice, as a scheduler may start or a pause may end in it.
  [
    "Europe/Madrid",
    "10,30 2,3 * * *",
    "an hour that comes twice",
    "10-25T02:10 10-25T02:30 10-26T01:10",
    "10-25T01:20",
  ],
  ["Europe/Madrid", "30 2 * * *", "an hour that comes twice", "10-26T01:30", "10-25T01:00"],
  ["Europe/Madrid", "*/30 * * * *", "an hour that comes twice", "10-25T01:30 10-25T02:00", "10-25T01:00"],
];

/** As the scheduler asks: each time when the next one is due. */
function firings(schedule: Schedule, from: Date, count: number): string[] {
  const found: string[] = [];
  let last = from;
  while (found.length < count) {
    const { next } = whatIsDue(schedule, last, last);
    if (!next) break;
    const { fire, missed } = whatIsDue(schedule, last, next.dueAt);
    expect(missed).toBeUndefined();
    if (!fire) break;
    found.push(fire.at.toISOString());
    last = fire.at;
  }
  return found;
}

for (const [timeZone, cron, day, expected, from] of [...DAILY, ...IN_EVERY_HOUR, ...WITH_SECONDS]) {
  it(`${timeZone}, ${cron} on ${day}: ${expected}`, () => {
    const instant = (text: string) => new Date(`2026-${text}${text.length > 11 ? "" : ":00"}Z`);
    const instants = expected.split(" ").map(instant);
    const before = from === undefined ? new Date((instants[0]?.getTime() ?? 0) - 1_000) : instant(from);
    const schedule: Schedule = { task: "chain-sync.sync", cron, timeZone };
    expect(firings(schedule, before, instants.length)).toEqual(instants.map((each) => each.toISOString()));
  });
}

it.each([
  "Europe/Madrid",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
])("in %s half an hour is one in the months in which clocks are put on or back", (timeZone) => {
  const { after } = calendarOf({ task: "chain-sync.sync", cron: "*/30 * * * *", timeZone });
  const gaps = new Set<number>();
  for (const [from, to] of [
    ["2026-03-01", "2026-05-01"],
    ["2026-10-01", "2026-12-01"],
  ] as const) {
    for (let last = new Date(from), at = after(last); at && at <= new Date(to); last = at, at = after(last)) {
      gaps.add(at.getTime() - last.getTime());
    }
  }
  expect([...gaps]).toEqual([1_800_000]);
});
