import { backoffMs } from "./backoff.ts";

describe("the wait after a failure", () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [6, 32_000],
    [7, 60_000],
    [5_000, 60_000],
  ])("after %d in a row is at most %d ms and at least half of that", (attempt, mostMs) => {
    expect(backoffMs(attempt, () => 1)).toBe(mostMs);
    expect(backoffMs(attempt, () => 0)).toBe(mostMs / 2);
  });

  it("lies anywhere in between, so that many do not come back at once", () => {
    expect(backoffMs(3, () => 0.5)).toBe(3_000);
  });

  it("is capped where it is told to be", () => {
    expect(backoffMs(9, () => 1, 10_000)).toBe(10_000);
  });
});
