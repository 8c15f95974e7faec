import { createHold, type Held } from "./hold.ts";

const event = (sequence: number, aggregate: string, more: Partial<Held> = {}): Held => ({
  ...{ sequence, aggregate, alone: false, notBeforeMs: 0 },
  ...more,
});

function next(events: readonly Held[], limit = 10): number[] {
  const hold = createHold();
  for (const each of events) hold.add(each, () => {});
  return hold.next(1_000, limit).map(({ sequence }) => sequence);
}

describe("what is in hand", () => {
  it.each<[string, readonly Held[], readonly number[]]>([
    ["comes oldest first, however it arrived", [event(3, "a"), event(1, "a"), event(2, "b")], [1, 2, 3]],
    [
      "keeps back what follows in the aggregate of one that waits",
      [event(1, "a", { notBeforeMs: 2_000 }), event(2, "b"), event(3, "a"), event(4, "b")],
      [2, 4],
    ],
    ["comes again once its time has come", [event(1, "a", { notBeforeMs: 1_000 }), event(2, "a")], [1, 2]],
    ["comes alone where it is to", [event(1, "a", { alone: true }), event(2, "b")], [1]],
    ["comes without one that is to come alone", [event(1, "a"), event(2, "b", { alone: true }), event(3, "c")], [1]],
    [
      "passes over one that is to come alone, and waits",
      [event(1, "a", { alone: true, notBeforeMs: 2_000 }), event(2, "b")],
      [2],
    ],
  ])("%s", (_, events, expected) => {
    expect(next(events)).toEqual(expected);
  });

  it("comes in batches, and is there until it is removed", () => {
    expect(next([event(1, "a"), event(2, "a"), event(3, "a")], 2)).toEqual([1, 2]);
    const hold = createHold();
    for (const sequence of [1, 2, 3]) hold.add(event(sequence, "a"), () => {});
    hold.remove(hold.next(0, 2));
    expect(hold.next(0, 2).map(({ sequence }) => sequence)).toEqual([3]);
    // One that comes again after it was let go is older than what is there.
    hold.add(event(1, "a"), () => {});
    expect(hold.clear().map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(hold.size).toBe(0);
  });

  it("keeps one that comes twice in its place, with what the second brought", () => {
    const hold = createHold();
    const again: number[] = [];
    hold.add(event(1, "a"), () => {});
    hold.add(event(1, "a"), ({ sequence }) => again.push(sequence));
    expect([hold.size, again]).toEqual([1, [1]]);
  });

  it("says when the next of those that wait can be tried", () => {
    const hold = createHold();
    expect(hold.nextDueMs(0)).toBe(Number.POSITIVE_INFINITY);
    for (const notBeforeMs of [500, 3_000, 2_000]) hold.add(event(notBeforeMs, "a", { notBeforeMs }), () => {});
    expect(hold.nextDueMs(1_000)).toBe(2_000);
  });
});
