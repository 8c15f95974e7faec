import { defineTask, type Task, type TaskContext, type TaskResult } from "@vigia/runtime";
import { plantCanary } from "../canary.ts";
import type { Check } from "../check.ts";
import { RUN_CHECKS } from "../checks/index.ts";
import { type Evaluation, evaluate } from "../evaluate.ts";
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
    let evaluation = await evaluate(database, options);
    let tally = await reconcile(context, evaluation, [...checks, ...RUN_CHECKS]);
    const { at, complete } = evaluation;
    const failed = new Set(evaluation.failed);
    // Where a check found more than is held at a time, it looks further: each page is judged by its own snapshot.
    for (let from = restOf(evaluation); from.size > 0; from = restOf(evaluation)) {
      evaluation = await evaluate(database, { ...options, checks: checks.filter(({ code }) => from.has(code)), from });
      tally = await reconcile(context, evaluation, [...checks, ...RUN_CHECKS], tally);
      for (const code of evaluation.failed) failed.add(code);
    }
    const failedChecks = [...failed];
    const succeeded = new Set([...complete].filter((code) => !failed.has(code)));
    const open = await report(task, context, { at, complete: succeeded, failed: failedChecks }, tally);
    processed(checks.length);
    return { ...tally, open, failedChecks };
  };
}

/** Where the checks go on that have not looked at every entity. */
function restOf({ pages, complete }: Evaluation): ReadonlyMap<string, string> {
  const rest = new Map<string, string>();
  for (const [code, { upTo }] of pages) if (upTo !== undefined && complete.has(code)) rest.set(code, upTo);
  return rest;
}
