import { firstRemembered, nextMark } from "./finality.ts";

const UNKNOWN = { finalizedNumber: -1, finalizedBy: "depth" } as const;
const AT_100 = { finalizedNumber: 100, finalizedBy: "tag" } as const;
const CHAIN = { headNumber: 200, depth: 50, tag: true };
const tag = (finalizedNumber: number) => ({ finalizedNumber, finalizedBy: "tag" });
const depth = (finalizedNumber: number) => ({ finalizedNumber, finalizedBy: "depth" });

describe("what is final", () => {
  it.each([
    ["is what the only endpoint says", UNKNOWN, [136], 1, CHAIN, tag(136)],
    ["is what a second one says too", UNKNOWN, [200, 136, 104], 2, CHAIN, tag(136)],
    ["is not what one of several says alone", AT_100, [200], 2, CHAIN, tag(100)],
    ["does not go back with the endpoints", AT_100, [90, 95], 2, CHAIN, tag(100)],
    ["stays where nobody tells any more", AT_100, [], 1, CHAIN, tag(100)],
    ["is told by the depth where the chain never said it", UNKNOWN, [], 1, CHAIN, depth(150)],
    ["does not go back with the head", depth(170), [], 1, CHAIN, depth(170)],
    ["does not go back where the chain's word takes the depth's place", depth(150), [136], 1, CHAIN, tag(150)],
    [
      "is told by the depth where the chain's word does not count",
      AT_100,
      [136],
      1,
      { ...CHAIN, tag: false },
      depth(150),
    ],
  ] as const)("%s", (_case, before, numbers, needed, view, after) => {
    expect(nextMark(before as typeof UNKNOWN, { numbers, needed }, view)).toEqual(after);
  });

  it("bounds what is remembered: from the last final block on, and the cursor's own in any case", () => {
    expect(firstRemembered(AT_100, 150)).toBe(100);
    expect(firstRemembered(AT_100, 60)).toBe(60);
    expect(firstRemembered(UNKNOWN, 80_000)).toBe(30_000);
  });
});
