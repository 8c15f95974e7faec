import { createRandom } from "@vigia/testkit";
import { planFaults } from "./fault-plan.ts";

const PROCESSES = ["one", "two", "three"];
const MINUTES = 60_000;

describe("a plan of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    const plan = (seed: number) => planFaults(createRandom(seed), PROCESSES, 5 * MINUTES);
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7)).not.toEqual(plan(8));
  });

  it.each([1, 2, 3, 4, 5])("has every kind of fault in the shortest run, with seed %d", (seed) => {
    const all = new Set(planFaults(createRandom(seed), PROCESSES, 60 * MINUTES).map(({ kind }) => kind));
    const short = new Set(planFaults(createRandom(seed), PROCESSES, 1.25 * MINUTES).map(({ kind }) => kind));
    expect([...short].sort()).toEqual([...all].sort());
  });

  it("stops processes for longer than any lease, and begins nothing that can't end in time", () => {
    const plan = planFaults(createRandom(1), PROCESSES, 5 * MINUTES);
    const stops = plan.filter(({ kind }) => kind.startsWith("stop"));
    expect(Math.min(...stops.map(({ forMs }) => forMs))).toBeGreaterThan(10_000);
    expect(Math.max(...plan.map(({ atMs }) => atMs))).toBeLessThan(5 * MINUTES);
  });
});
