import {
  type Cause,
  type ChangedTrades,
  type EntityRange,
  readCauses,
  readIssues,
  readOpenIssues,
} from "@vigia/database";
import { checkReported, taskWithinJob } from "@vigia/messages";
import type { Step, TaskContext } from "@vigia/runtime";
import type { CheckFacts } from "./check.ts";
import { isWithin, type Look } from "./evaluate.ts";
import { type Finding, tradeOf } from "./finding.ts";
import { causesOf } from "./inhibition.ts";
import { changeEvent, meaningsOf } from "./issue-event.ts";
import { type Decision, decide } from "./issues.ts";
import { counted, failedWith, lookedUpTo, type Progress } from "./progress.ts";

/** How many issues one step writes. */
const BATCH = 500;
/** How many issues are held at a time. */
const HELD = 10_000;

export type CheckTask = "consistency.check" | "consistency.deep-check";

/** How a run judges. */
export interface Judging {
  /** The instant. */
  readonly at: Date;
  /** All that there are, whether they run or not. */
  readonly checks: readonly CheckFacts[];
  /** The trades that these checks alone look at; unless told, all are looked at. */
  readonly changed?: (ChangedTrades & { readonly by: ReadonlySet<string> }) | undefined;
}

/**
 * Brings the issues to what a check found, and tells of each that changed, in steps: each leaves how far the run has come.
 * A run that is cut short decides again from what is written by then, so nothing is told twice. Of the check's open
 * issues it holds those at a time that lie together.
 */
export async function reconcile(
  context: TaskContext<CheckTask>,
  look: Look,
  judging: Judging,
  before: Progress,
): Promise<Progress> {
  const { check, findings, range, failure } = look;
  if (failure !== undefined) return keep(context, failedWith(before, check.code, failure));
  const { at, checks } = judging;
  const only = look.trades && [...look.trades];
  let progress = before;
  for (let { after } = range, isRest = false; !isRest; ) {
    const open = await readOpenIssues(context.database, check.code, { ...range, after }, HELD, only);
    const upTo = open.length < HELD ? range.upTo : open.at(-1)?.entityId;
    isRest = upTo === range.upTo;
    const part = { after, upTo };
    const found = findings.filter(({ entityId }) => isWithin(part, entityId));
    const known = [...open, ...(await readIssues(context.database, notAmong(open, found)))];
    const standing = await standingCauses(context, check, found, judging, progress);
    const complete = new Set([...progress.complete, check.code]);
    const decision = decide({ findings: found, complete, range: part, at }, known, standing, checks);
    progress = await write(context, { check, decision, range: part, only, at, checks }, progress);
    after = upTo;
  }
  return progress;
}

function notAmong(issues: readonly { readonly fingerprint: string }[], findings: readonly Finding[]): string[] {
  const open = new Set(issues.map(({ fingerprint }) => fingerprint));
  return findings.map(({ fingerprint }) => fingerprint).filter((fingerprint) => !open.has(fingerprint));
}

/**
 * What explains findings of a check. Causes are looked for before what follows from them: where one's own check has
 * looked there in this run, it counts only where that check has found it again.
 */
async function standingCauses(
  { database }: Pick<TaskContext<CheckTask>, "database">,
  { code }: CheckFacts,
  findings: readonly Finding[],
  { checks, changed }: Judging,
  { complete, since }: Progress,
): Promise<Cause[]> {
  const causes = await readCauses(database, causesOf(code, checks), [...new Set(findings.map(tradeOf))]);
  const begun = new Date(since);
  return causes.filter((cause) => {
    const isLookedAt = !changed?.by.has(cause.check) || changed.trades.has(tradeOf(cause));
    const isJudged = complete.includes(cause.check) && isLookedAt;
    return cause.lastSeen === null ? isJudged : !isJudged || cause.lastSeen >= begun;
  });
}

interface Outcome {
  readonly check: CheckFacts;
  readonly decision: Decision;
  readonly range: EntityRange;
  readonly only: readonly string[] | undefined;
  readonly at: Date;
  readonly checks: readonly CheckFacts[];
}

async function write(
  context: TaskContext<CheckTask>,
  { check, decision, range, only, at, checks }: Outcome,
  before: Progress,
): Promise<Progress> {
  const meanings = meaningsOf(checks);
  const changes = batchesOf(decision.changed);
  const sightings = batchesOf(decision.unchanged);
  const withheld = decision.withheld.map((finding) => ({
    entityType: check.entityType,
    entityId: finding.entityId,
    trade: tradeOf(finding),
  }));
  const steps = Math.max(1, changes.length, sightings.length);
  let progress = before;
  for (let step = 1; step <= steps; step += 1) {
    const [batch = [], again = []] = [changes[step - 1], sightings[step - 1]];
    const next = counted(progress, batch);
    progress = step < steps ? next : lookedUpTo(next, check.code, range.upTo);
    await context.step(async (tx) => {
      if (batch.length > 0) await tx.issues.save(batch);
      if (batch.length > 0) await tx.emit(batch.map((change) => changeEvent(change, meanings)));
      if (again.length > 0) await tx.issues.seen(again, at);
      if (step === steps) await tx.withheldFindings.replace(check.code, range, withheld, only);
      await tx.checkpoint(progress);
    });
  }
  return progress;
}

async function keep(context: TaskContext<CheckTask>, progress: Progress): Promise<Progress> {
  await context.step((tx) => tx.checkpoint(progress));
  return progress;
}

/** Tells that the run has ended, and what is open by now; `alongside` commits with it. */
export function report(
  task: CheckTask,
  context: TaskContext<CheckTask>,
  { at, checks }: Judging,
  { complete, failed, tally: { opened, resolved } }: Progress,
  alongside: (tx: Step) => Promise<void>,
): Promise<number> {
  return context.step(async (tx) => {
    await alongside(tx);
    await tx.withheldFindings.keepOnly(checks.map(({ code }) => code));
    const counts = await tx.issues.countOpen();
    const bySeverity: Record<string, number> = {};
    for (const { severity, open } of counts) bySeverity[severity] = (bySeverity[severity] ?? 0) + open;
    const open = counts.reduce((sum, count) => sum + count.open, 0);
    const failedChecks = Object.keys(failed);
    const data = {
      task: taskWithinJob(task) as "check" | "deep-check",
      executionId: context.executionId,
      at: at.toISOString(),
      checks: complete.length + failedChecks.length,
      opened,
      resolved,
      open,
      byCheck: Object.fromEntries(counts.map((count) => [count.check, count.open])),
      bySeverity,
      failedChecks,
    };
    await tx.emit(checkReported(data, `${context.messageId}:report`));
    return open;
  });
}

function batchesOf<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
}
