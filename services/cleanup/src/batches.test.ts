import type { Step, TaskContext } from "@vigia/runtime";
import { BATCH, inBatches, type Progress, progressOf } from "./batches.ts";

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

/** Does a whole batch so many times, and then a little; each ends where its number says. `begun`: where each began. */
function batches(whole: number) {
  let number = 0;
  const begun: (string | undefined)[] = [];
  const effect = async (_: Step, from: string | undefined) => {
    begun.push(from);
    number += 1;
    return number <= whole ? { done: BATCH, last: String(number) } : { done: 7, last: "end" };
  };
  return { effect, begun };
}

it("stops at the first batch that is not full", async () => {
  const { context, items } = contextThatDies(Number.POSITIVE_INFINITY);
  const { effect, begun } = batches(2);
  const { counts } = await inBatches(context, { counts: { other: 1 } }, "done", effect);
  expect(counts).toEqual({ other: 1, done: 2 * BATCH + 7 });
  expect(items()).toBe(2 * BATCH + 7);
  expect(begun).toEqual([undefined, "1", "2"]);
});

it("counts what was done before the run was cut short, and goes on there", async () => {
  const dying = contextThatDies(3);
  await expect(inBatches(dying.context, { counts: { other: 1 } }, "done", batches(5).effect)).rejects.toThrow("killed");
  const progress = dying.committed() as Progress;
  expect(progress.counts).toEqual({ other: 1, done: 2 * BATCH });

  const { context } = contextThatDies(Number.POSITIVE_INFINITY, progress);
  const { effect, begun } = batches(1);
  const { counts } = await inBatches(context, progressOf(context), "done", effect);
  expect(counts).toEqual({ other: 1, done: 3 * BATCH + 7 });
  expect(begun).toEqual(["2", "1"]);
  const next = batches(0);
  await inBatches(context, progressOf(context), "what comes after", next.effect);
  expect(next.begun).toEqual([undefined]);
});
