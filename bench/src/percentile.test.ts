import { percentile } from "./percentile.ts";

describe("percentile", () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2],
    [Array.from({ length: 100 }, (_, index) => index + 1), 0.99, 99],
    [[7], 0.99, 7],
    [[5, 6], 0, 5],
    [[5, 6], 1, 6],
  ])("of %j at %d is %d", (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it("refuses to make a figure of nothing", () => {
    expect(() => percentile([], 0.5)).toThrow("nothing was measured");
  });
});
