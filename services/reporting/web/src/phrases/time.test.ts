import { duration, relativeTime } from "./time.ts";

const now = new Date("2030-01-01T12:00:00Z");
const after = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

describe("relativeTime", () => {
  it.each([
    [0, "now"],
    [-34, "34 seconds ago"],
    [35, "in 35 seconds"],
    [-61, "1 minute ago"],
    [-3_599, "59 minutes ago"],
    [7_200, "in 2 hours"],
    [-47 * 3_600, "47 hours ago"],
    [-72 * 3_600, "3 days ago"],
  ])("%d s: %s", (seconds, phrase) => {
    expect(relativeTime(after(seconds), now, "en")).toBe(phrase);
  });

  it("speaks Spanish", () => {
    expect(relativeTime(after(-300), now, "es")).toBe("hace 5 minutos");
  });
});

describe("duration", () => {
  it.each([
    [0, "0 ms"],
    [340.4, "340 ms"],
    [1_240, "1.2 s"],
    [64_210, "1 min 4 s"],
    [120_000, "2 min"],
    [3_900_000, "1 h 5 min"],
  ])("%d ms: %s", (ms, phrase) => {
    expect(duration(ms, "en")).toBe(phrase);
  });
});
