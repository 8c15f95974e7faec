import { type Queryable, readChangedTrades } from "@vigia/database";
import { defineTask, type Task, type TaskContext, type TaskResult } from "@vigia/runtime";
import { asksWhich, digestOf } from "../among.ts";
import { isSeenWhole, noteSeenWhole, plantCanary } from "../canary.ts";
import type { Check, RunCheck } from "../check.ts";
import { RUN_CHECKS } from "../checks/index.ts";
import { findingOf, type Look, type LookOptions, lookWith, prepare, seesCanary } from "../evaluate.ts";
import { healIssues } from "../heal/heal-issues.ts";
import { causesFirst } from "../inhibition.ts";
import { beginning, hasEnded, type Progress, placeOf, progressFrom } from "../progress.ts";
import { type CheckTask, type Judging, reconcile, report } from "../reconcile.ts";
import { type Replica, withView } from "../view.ts";

/** Where more trades changed, all are looked at. */
const MOST_CHANGED = 10_000;

export interface CheckOptions {
  readonly checks: readonly Check[];
  /** Those whose findings are mended without a person. */
  readonly healed?: readonly Check[];
  /** How long the marketplace and the chain may differ while one follows the other. */
  readonly followingGraceSeconds: number;
  /** Where the checks read, if not where their findings are written. */
  readonly replica?: Replica | undefined;
}

/**
 * Looks at what has changed since it looked last, and at what time alone brings on. Safe to run twice: what was found
 * before is not found anew.
 */
export function check(options: CheckOptions): Task {
  return defineTask("consistency.check", run("consistency.check", options));
}

/** Looks at everything that ever was. */
export function deepCheck(options: CheckOptions): Task {
  return defineTask("consistency.deep-check", run("consistency.deep-check", options));
}

function run(task: CheckTask, { checks, healed = [], followingGraceSeconds, replica }: CheckOptions) {
  const usual = checks.filter(({ deep }) => !deep);
  const asked = causesFirst(task === "consistency.check" ? usual : checks);
  const all = [...checks, ...RUN_CHECKS];
  const by = new Set(asked.filter(asksWhich).map(({ code }) => code));
  const digest = digestOf(usual);
  return async (context: TaskContext<CheckTask>): Promise<TaskResult> => {
    const { database, log, processed, signal, executionId } = context;
    const { at, horizon } = await context.step(async (tx) => ({
      at: await plantCanary(tx, task, executionId),
      horizon: await tx.changes.horizon(),
    }));
    const looking = { now: at, followingGraceSeconds, log };
    const isRecent = (view: Queryable) => seesCanary(view, executionId, looking);
    const mayFollow = task === "consistency.check" && (await isSeenWhole(database, digest));
    let progress = progressFrom(context.resumeFrom) ?? beginning(at, horizon, !mayFollow);
    const outcome = await withView(database, { replica, isRecent, signal, log }, async (view, replicaUnread) => {
      await prepare(view);
      const canaryFound = await isRecent(view);
      const changed = progress.isWhole ? undefined : await readChangedTrades(view, MOST_CHANGED);
      if (changed === undefined) progress = { ...progress, isWhole: true };
      const judging = { at, checks: all, changed: changed && { ...changed, by } };
      for (const check of canaryFound ? asked : []) {
        progress = await carryOut(context, view, check, { ...looking, changed }, judging, progress);
      }
      return { canaryFound, replicaUnread, changedTrades: changed?.trades.size };
    });
    const judging = { at, checks: all };
    const incomplete = new Map(Object.entries(progress.failed));
    for (const check of RUN_CHECKS) {
      const findings = check.judge({ ...outcome, incomplete });
      progress = await reconcile(context, judgedBy(check, findings), judging, progress);
    }
    await healIssues(context, healed);
    const haveSeen = outcome.canaryFound && Object.keys(progress.failed).every((code) => !by.has(code));
    const open = await report(task, context, judging, progress, async (tx) => {
      if (haveSeen) await tx.changes.forget(progress.horizon);
      if (haveSeen && progress.isWhole) await noteSeenWhole(tx, digest);
    });
    processed(asked.length);
    const { changedTrades } = outcome;
    return { ...progress.tally, open, failedChecks: Object.keys(progress.failed), changedTrades };
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
  judging: Judging,
  before: Progress,
): Promise<Progress> {
  let progress = before;
  while (!hasEnded(progress, check.code)) {
    context.signal.throwIfAborted();
    const look = await lookWith(view, check, options, placeOf(progress, check.code));
    progress = await reconcile(context, look, judging, progress);
  }
  return progress;
}
