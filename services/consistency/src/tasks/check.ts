import type { Queryable } from "@vigia/database";
import { defineTask, type Task, type TaskContext, type TaskResult } from "@vigia/runtime";
import { plantCanary } from "../canary.ts";
import type { Check, CheckFacts, RunCheck } from "../check.ts";
import { RUN_CHECKS } from "../checks/index.ts";
import { findingOf, type Look, type LookOptions, lookWith, prepare, seesCanary } from "../evaluate.ts";
import { healIssues } from "../heal/heal-issues.ts";
import { causesFirst } from "../inhibition.ts";
import { hasEnded, type Progress, placeOf, progressOf } from "../progress.ts";
import { type CheckTask, reconcile, report } from "../reconcile.ts";
import { type Replica, withView } from "../view.ts";

export interface CheckOptions {
  readonly checks: readonly Check[];
  /** Those whose findings are mended without a person. */
  readonly healed?: readonly Check[];
  /** How long the marketplace and the chain may differ while one follows the other. */
  readonly followingGraceSeconds: number;
  /** Where the checks read, if not where their findings are written. */
  readonly replica?: Replica | undefined;
}

/** Looks at everything that is under way. Safe to run twice: what was found before is not found anew. */
export function check(options: CheckOptions): Task {
  return defineTask(
    "consistency.check",
    run("consistency.check", ({ deep }) => !deep, options),
  );
}

/** Looks at everything that ever was. */
export function deepCheck(options: CheckOptions): Task {
  return defineTask(
    "consistency.deep-check",
    run("consistency.deep-check", () => true, options),
  );
}

function run(task: CheckTask, isAsked: (check: Check) => boolean, options: CheckOptions) {
  const { checks, healed = [], followingGraceSeconds, replica } = options;
  const all = [...checks, ...RUN_CHECKS];
  const asked = causesFirst(checks.filter(isAsked));
  return async (context: TaskContext<CheckTask>): Promise<TaskResult> => {
    const { database, log, processed, signal, executionId } = context;
    const now = await context.step((tx) => plantCanary(tx, task, executionId));
    const looking = { now, followingGraceSeconds, log };
    const isRecent = (view: Queryable) => seesCanary(view, executionId, looking);
    let progress = progressOf(context.resumeFrom, now);
    const outcome = await withView(database, { replica, isRecent, signal, log }, async (view, replicaUnread) => {
      await prepare(view);
      const canaryFound = await isRecent(view);
      for (const check of canaryFound ? asked : []) {
        progress = await carryOut(context, view, check, looking, all, progress);
      }
      return { canaryFound, replicaUnread };
    });
    const incomplete = new Map(Object.entries(progress.failed));
    for (const check of RUN_CHECKS) {
      const findings = check.judge({ ...outcome, incomplete });
      progress = await reconcile(context, judgedBy(check, findings), now, all, progress);
    }
    await healIssues(context, healed);
    const open = await report(task, context, now, progress, all);
    processed(asked.length);
    return { ...progress.tally, open, failedChecks: Object.keys(progress.failed) };
  };
}

function judgedBy(check: RunCheck, found: ReturnType<RunCheck["judge"]>): Look {
  return { check, findings: found.map((seen) => findingOf(check, { ...seen, settled: true })), range: {} };
}

/** Has a check look, page by page, at what it has not looked at in an earlier try. */
async function carryOut(
  context: TaskContext<CheckTask>,
  view: Queryable,
  check: Check,
  options: LookOptions,
  all: readonly CheckFacts[],
  before: Progress,
): Promise<Progress> {
  let progress = before;
  while (!hasEnded(progress, check.code)) {
    context.signal.throwIfAborted();
    const look = await lookWith(view, check, options, placeOf(progress, check.code));
    progress = await reconcile(context, look, options.now, all, progress);
  }
  return progress;
}
