import type { Step, TaskContext } from "@vigia/runtime";
import { BATCH, type Counts, countsOf, inBatches } from "./batches.ts";

/** Steps that commit, until the process dies in the one with this number. */
function contextThatDies(step: number, resumeFrom?: unknown) {
  let committed = resumeFrom;
  let steps = 0;
  let items = 0;
  const context = {
    resumeFrom,
    processed: (count: number) => {
      items += count;
    },
    step: async (effect: (step: Step) => Promise<unknown>) => {
      const checkpoints: unknown[] = [];
      const result = await effect({ checkpoint: async (value: unknown) => void checkpoints.push(value) } as Step);
      steps += 1;
      if (steps === step) throw new Error("killed");
      committed = checkpoints.at(-1);
      return result;
    },
  } as unknown as TaskContext;
  return { context, committed: () => committed, items: () => items };
}

/** Does a whole batch so many times, and then a little. */
function batches(whole: number) {
  let left = whole;
  return async () => (left-- > 0 ? BATCH : 7);
}

it("stops at the first batch that is not full", async () => {
  const { context, items } = contextThatDies(Number.POSITIVE_INFINITY);
  expect(await inBatches(context, { other: 1 }, "done", batches(2))).toEqual({ other: 1, done: 2 * BATCH + 7 });
  expect(items()).toBe(2 * BATCH + 7);
});

it("counts what was done before the run was cut short", async () => {
  const dying = contextThatDies(3);
  await expect(inBatches(dying.context, { other: 1 }, "done", batches(5))).rejects.toThrow("killed");
  const counts = dying.committed() as Counts;
  expect(counts).toEqual({ other: 1, done: 2 * BATCH });

  const { context } = contextThatDies(Number.POSITIVE_INFINITY, counts);
  expect(await inBatches(context, countsOf(context), "done", batches(1))).toEqual({ other: 1, done: 3 * BATCH + 7 });
});
