import { defineTask, type Task, type TaskContext, type TaskResult } from "@vigia/runtime";
import type { Check } from "../check.ts";
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
    const { database, log, processed, signal } = context;
    const evaluation = await evaluate(database, { checks, followingGraceSeconds, signal, log });
    const tally = await reconcile(context, evaluation, checks);
    const open = await report(task, context, evaluation, tally);
    processed(checks.length);
    return { ...tally, open, failedChecks: evaluation.failed };
  };
}
