import { isLate, jitterMs, whatIsDue, whatWasPaused } from "./due.ts";
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
    const instant = { at: at("2026-03-01T10:01:00Z"), dueAt: at("2026-03-01T10:01:10Z") };
    expect(isLate(instant, at("2026-03-01T10:01:10.020Z"))).toBe(false);
    expect(isLate(instant, at("2026-03-01T10:01:30Z"))).toBe(true);
  });

  it("finds the newest instant of a second-by-second schedule that was away for a month", () => {
    const due = whatIsDue(every("* * * * * *"), at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00.500Z"));
    expect(due.fire?.at).toEqual(at("2026-04-01T00:00:00Z"));
  });
});

describe("a misfire", () => {
  const LAST = at("2026-03-01T10:00:00Z");
  it.each([
    ["once: one tick for all", {}, "10:05:30", "10:05:00", { count: 4, from: "10:01:00", to: "10:04:00" }],
    ["skip: none at all", { misfire: "skip" }, "10:05:30", undefined, { count: 5, from: "10:01:00", to: "10:05:00" }],
    [
      "skip: a tick on time",
      { misfire: "skip" },
      "10:05:02",
      "10:05:00",
      { count: 4, from: "10:01:00", to: "10:04:00" },
    ],
    ["skip: nothing was missed", { misfire: "skip" }, "10:01:00", "10:01:00", undefined],
    ["within the window", { catchUpWindowSeconds: 30 }, "10:01:20", "10:01:00", undefined],
    ["beyond it", { catchUpWindowSeconds: 10 }, "10:02:20", undefined, { count: 2, from: "10:01:00", to: "10:02:00" }],
    ["on time within no window", { catchUpWindowSeconds: 0 }, "10:01:02", "10:01:00", undefined],
  ] as const)("%s", (_name, policy, now, fires, missed) => {
    const time = (text: string) => at(`2026-03-01T${text}Z`);
    const due = whatIsDue({ ...every("* * * * *"), ...policy }, LAST, time(now));
    expect(due.fire?.at).toEqual(fires && time(fires));
    expect(due.missed && { count: due.missed.count, from: due.missed.from, to: due.missed.to }).toEqual(
      missed && { count: missed.count, from: time(missed.from), to: time(missed.to) },
    );
  });

  it.each([
    ["the oldest first", {}, "10:00:00", "10:05:30", "10:01:00", undefined],
    ["then the next", {}, "10:01:00", "10:05:30", "10:02:00", undefined],
    ["one on time", { catchUpWindowSeconds: 0 }, "10:04:00", "10:05:02", "10:05:00", undefined],
    ["none before its time", {}, "10:05:00", "10:05:30", undefined, undefined],
    [
      "those within the window",
      { catchUpWindowSeconds: 150 },
      "10:00:00",
      "10:05:30",
      "10:03:00",
      { count: 2, from: "10:01:00", to: "10:02:00" },
    ],
    [
      "none beyond it",
      { catchUpWindowSeconds: 10 },
      "10:04:00",
      "10:05:30",
      undefined,
      { count: 1, from: "10:05:00", to: "10:05:00" },
    ],
    ["those of an hour", {}, "08:59:00", "10:01:30", "09:02:00", { count: 2, from: "09:00:00", to: "09:01:00" }],
  ] as const)("all: %s", (_name, window, last, now, fires, missed) => {
    const time = (text: string) => at(`2026-03-01T${text}Z`);
    const due = whatIsDue({ ...every("* * * * *"), misfire: "all", ...window }, time(last), time(now));
    expect(due.fire?.at).toEqual(fires && time(fires));
    expect(due.missed && { count: due.missed.count, from: due.missed.from, to: due.missed.to }).toEqual(
      missed && { count: missed.count, from: time(missed.from), to: time(missed.to) },
    );
  });

  it("names the range also where it no longer counts", () => {
    const { missed } = whatIsDue(every("* * * * * *"), LAST, at("2026-03-02T10:00:00.500Z"));
    expect(missed).toMatchObject({ count: 999, from: at("2026-03-01T10:00:01Z"), to: at("2026-03-02T09:59:59Z") });
  });
});

describe("jitter", () => {
  const jittered = { ...every("* * * * *"), jitterSeconds: 30 };
  const instants = Array.from({ length: 200 }, (_, index) => new Date(Date.UTC(2026, 2, 1, 10, index)));

  it("is the same for an instant each time, and spread over its range", () => {
    const delays = instants.map((instant) => jitterMs(jittered, instant));
    expect(instants.map((instant) => jitterMs({ ...jittered }, instant))).toEqual(delays);
    expect(Math.min(...delays)).toBeLessThan(3_000);
    expect(Math.max(...delays)).toBeGreaterThan(27_000);
    expect(Math.max(...delays)).toBeLessThan(30_000);
    expect(jitterMs(every("* * * * *"), at("2026-03-01T10:00:00Z"))).toBe(0);
  });

  it.each([30, 60, 600])("of %d s puts each tick off, loses none, and keeps them in order", (jitterSeconds) => {
    const schedule = { ...jittered, jitterSeconds };
    const fired: number[] = [];
    let last = at("2026-03-01T09:59:00Z");
    const end = at("2026-03-01T10:10:00Z").getTime();
    for (let now = last.getTime(); now <= end; now += 4_000) {
      const { fire, missed } = whatIsDue(schedule, last, new Date(now));
      expect(missed).toBeUndefined();
      if (!fire) continue;
      expect(now).toBeGreaterThanOrEqual(fire.at.getTime());
      expect(isLate(fire, new Date(now))).toBe(false);
      fired.push(fire.at.getTime());
      last = fire.at;
    }
    expect(fired).toEqual(fired.map((_, index) => at("2026-03-01T10:00:00Z").getTime() + index * 60_000));
    expect(fired.length).toBeGreaterThanOrEqual(9);
  });

  it("is in what it says of the next tick", () => {
    const { next } = whatIsDue(jittered, at("2026-03-01T10:00:00Z"), at("2026-03-01T10:00:30Z"));
    const instant = at("2026-03-01T10:01:00Z");
    expect(next).toEqual({ at: instant, dueAt: new Date(instant.getTime() + jitterMs(jittered, instant)) });
  });
});

it.each([
  ["2026-03-01T10:00:30Z", undefined],
  ["2026-03-01T10:03:00Z", { count: 3, from: at("2026-03-01T10:01:00Z"), to: at("2026-03-01T10:03:00Z") }],
  ["2026-03-01T10:02:59.999Z", { count: 2, from: at("2026-03-01T10:01:00Z"), to: at("2026-03-01T10:02:00Z") }],
])("a pause until %s skips what is due by then", (until, skipped) => {
  const missed = whatWasPaused(every("* * * * *"), at("2026-03-01T10:00:00Z"), at(until), "paused");
  expect(missed).toEqual(skipped && { ...skipped, reason: "paused" });
});
