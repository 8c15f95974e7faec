import { createRangeSize } from "./range-size.ts";

describe("the size of a range", () => {
  it("begins small, and doubles while the blocks hold little", () => {
    const size = createRangeSize();
    const seen = [size.blocks];
    for (let count = 0; count < 8; count += 1) {
      size.fit(size.blocks, 10);
      seen.push(size.blocks);
    }
    expect(seen).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it("comes down at once to what holds the wanted number of logs", () => {
    const size = createRangeSize({ blocks: 2_000 });
    size.fit(2_000, 200_000);
    expect(size.blocks).toBe(50);
    size.fit(50, 1_000_000);
    expect(size.blocks).toBe(1);
  });

  it("grows slowly where a range holds nearly enough", () => {
    const size = createRangeSize({ blocks: 50 });
    size.fit(50, 4_000);
    expect(size.blocks).toBe(56);
  });

  it("learns nothing of its growth from a range that was cut short", () => {
    const size = createRangeSize({ blocks: 50 });
    size.fit(3, 0);
    expect(size.blocks).toBe(50);
  });

  it("approaches slowly what the endpoint objected to", () => {
    const size = createRangeSize({ blocks: 400 });
    expect(size.shrink()).toBe(true);
    size.fit(200, 0);
    expect(size.blocks).toBe(221);
    size.shrink(4);
    size.shrink(2);
    expect(size.blocks).toBe(1);
    expect(size.shrink()).toBe(false);
  });

  it("never asks for more than the endpoint said that it takes", () => {
    const size = createRangeSize({ blocks: 400 });
    size.limitTo(90);
    size.fit(90, 0);
    expect(size).toMatchObject({ blocks: 90, limit: 90 });
  });
});
