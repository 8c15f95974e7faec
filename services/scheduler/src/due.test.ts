import { whatIsDue } from "./due.ts";
import type { Schedule } from "./schedule.ts";

const every = (cron: string, timeZone = "UTC"): Schedule => ({ task: "chain-sync.sync", cron, timeZone });
const at = (text: string) => new Date(text);

describe("what is due", () => {
  it.each([
    ["nothing before the next instant", "* * * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:00:59.999Z", undefined, 0],
    ["the instant itself", "* * * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:01:00Z", "2026-03-01T10:01:00Z", 0],
    [
      "one tick for several missed ones",
      "* * * * *",
      "2026-03-01T10:00:00Z",
      "2026-03-01T10:05:30Z",
      "2026-03-01T10:05:00Z",
      4,
    ],
    [
      "seconds where the expression has six fields",
      "*/5 * * * * *",
      "2026-03-01T10:00:00Z",
      "2026-03-01T10:00:05Z",
      "2026-03-01T10:00:05Z",
      0,
    ],
    ["nothing where the clock was set back", "* * * * *", "2026-03-01T10:00:00Z", "2026-03-01T09:00:30Z", undefined, 0],
  ])("%s", (_name, cron, lastFired, now, expected, coalesced) => {
    const due = whatIsDue(every(cron), at(lastFired), at(now));
    expect(due.fire?.at).toEqual(expected === undefined ? undefined : at(expected));
    expect(due.missed?.count ?? 0).toBe(coalesced);
  });

  it("calls a tick late only when no scheduler was there at its instant", () => {
    const minute = every("* * * * *");
    expect(whatIsDue(minute, at("2026-03-01T10:00:00Z"), at("2026-03-01T10:01:00.020Z")).fire?.catchUp).toBe(false);
    expect(whatIsDue(minute, at("2026-03-01T10:00:00Z"), at("2026-03-01T10:01:30Z")).fire?.catchUp).toBe(true);
  });

  it("finds the newest instant of a second-by-second schedule that was away for a month", () => {
    const due = whatIsDue(every("* * * * * *"), at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00.500Z"));
    expect(due.fire?.at).toEqual(at("2026-04-01T00:00:00Z"));
  });

  it.each([
    ["Europe/Madrid", "a day without a 02:00", "2026-03-29T00:30:00Z", "2026-03-29T22:00:00Z", 1],
    ["Europe/Madrid", "a day with two 02:00s", "2026-10-24T22:30:00Z", "2026-10-25T22:00:00Z", 1],
    ["America/New_York", "a day without a 02:00", "2026-03-08T05:30:00Z", "2026-03-09T03:00:00Z", 1],
    ["America/New_York", "a day with two 01:30s, daily at 02:00", "2026-11-01T04:30:00Z", "2026-11-02T03:00:00Z", 1],
    ["Australia/Lord_Howe", "a day that loses half an hour", "2026-10-03T14:00:00Z", "2026-10-04T12:00:00Z", 1],
  ])("fires a daily 02:00 once in %s on %s", (timeZone, _day, from, until, times) => {
    const schedule = every("0 2 * * *", timeZone);
    const fired = new Set<number>();
    let last = at(from);
    for (let now = last.getTime(); now <= at(until).getTime(); now += 60_000) {
      const { fire } = whatIsDue(schedule, last, new Date(now));
      if (!fire) continue;
      fired.add(fire.at.getTime());
      last = fire.at;
    }
    expect(fired.size).toBe(times);
  });
});
