import { defineTask, type Task, type TaskContext, type TaskResult } from "@vigia/runtime";
import { plantCanary } from "../canary.ts";
import type { Check } from "../check.ts";
import { RUN_CHECKS } from "../checks/index.ts";
import { evaluate } from "../evaluate.ts";
import { type CheckTask, reconcile, report } from "../reconcile.ts";

export interface CheckOptions {
  readonly checks: readonly Check[];
  /** How long the marketplace and the chain may differ while one follows the other. */
  readonly followingGraceSeconds: number;
}

/** Looks at everything that is under way. Safe to run twice: what was found before is not found anew. */
export function check({ checks, ...options }: CheckOptions): Task {
  const shallow = checks.filter(({ deep }) => !deep);
  return defineTask("consistency.check", run("consistency.check", { checks: shallow, ...options }));
}

/** Looks at everything that ever was. */
export function deepCheck(options: CheckOptions): Task {
  return defineTask("consistency.deep-check", run("consistency.deep-check", options));
}

function run(task: CheckTask, { checks, followingGraceSeconds }: CheckOptions) {
  return async (context: TaskContext<CheckTask>): Promise<TaskResult> => {
    const { database, log, processed, signal, executionId: run } = context;
    await context.step((tx) => plantCanary(tx, task, run));
    const options = { checks, runChecks: RUN_CHECKS, run, followingGraceSeconds, signal, log };
    const evaluation = await evaluate(database, options);
    const tally = await reconcile(context, evaluation, [...checks, ...RUN_CHECKS]);
    const open = await report(task, context, evaluation, tally);
    processed(checks.length);
    return { ...tally, open, failedChecks: evaluation.failed };
  };
}
