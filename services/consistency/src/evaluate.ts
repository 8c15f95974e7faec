import type { Database, Queryable } from "@vigia/database";
import type { Logger } from "@vigia/runtime";
import { canary } from "./canary.ts";
import type { Check, CheckFacts, RunCheck } from "./check.ts";
import { type Finding, fingerprintOf } from "./finding.ts";
import { sql, textOf } from "./sql.ts";

/** What one check may report in a run. Beyond it the run says that the check is incomplete. */
const MAX_FINDINGS_PER_CHECK = 10_000;

export interface EvaluateOptions {
  readonly checks: readonly Check[];
  /** Those that look at the run of the others. */
  readonly runChecks: readonly RunCheck[];
  /** What the canary was planted for. */
  readonly run: string;
  readonly followingGraceSeconds: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface Evaluation {
  /** The instant of the snapshot, by the database's clock. */
  readonly at: Date;
  readonly findings: readonly Finding[];
  /** The checks that saw all there was to see: what they did not find is not there. None where all were blind. */
  readonly complete: ReadonlySet<string>;
  /** The checks that could not run, or not to their end. */
  readonly failed: readonly string[];
}

/**
 * Runs the checks over one and the same view of the tables. A check that fails does not stop the others; that it did is
 * a finding too.
 */
export function evaluate(database: Pick<Database, "snapshot">, options: EvaluateOptions): Promise<Evaluation> {
  return database.snapshot(async (view) => {
    await view.query("SET LOCAL TIME ZONE 'UTC'");
    const at = await instantOf(view);
    const findings: Finding[] = [];
    const incomplete = new Map<string, string>();
    for (const check of options.checks) {
      options.signal.throwIfAborted();
      const { found, failure } = await runCheck(view, check, at, options);
      findings.push(...found);
      if (failure !== undefined) incomplete.set(check.code, failure);
    }
    const { found } = await runCheck(view, canary, at, options);
    const canaryFound = found.some(({ entityId }) => entityId === options.run);
    for (const check of options.runChecks) {
      findings.push(
        ...check.judge({ incomplete, canaryFound }).map((seen) => findingOf(check, { ...seen, settled: true })),
      );
    }
    const complete = options.checks.map(({ code }) => code).filter((code) => canaryFound && !incomplete.has(code));
    const judged = options.runChecks.map(({ code }) => code);
    return { at, findings, complete: new Set([...complete, ...judged]), failed: [...incomplete.keys()] };
  });
}

interface Outcome {
  readonly found: readonly Finding[];
  /** Why it is not all that there is to find. */
  readonly failure?: string;
}

async function runCheck(
  view: Queryable,
  check: Check,
  now: Date,
  { followingGraceSeconds, log }: EvaluateOptions,
): Promise<Outcome> {
  const { graceSeconds: own } = check;
  const follows = own === "following";
  const graceSeconds = follows ? followingGraceSeconds : own;
  const settled = new Date(now.getTime() - graceSeconds * 1_000);
  await view.query("SAVEPOINT before_check");
  try {
    // However a query is written, an entity is reported once.
    const wrapped = sql`
      SELECT DISTINCT ON (entity_id) entity_id::text AS "entityId", evidence,
             ${follows ? sql`since <= ${settled}` : sql`true`} AS settled
        FROM (${check.query({ now, settled })}) AS found
       ORDER BY entity_id, settled DESC, evidence
       LIMIT ${MAX_FINDINGS_PER_CHECK + 1}`;
    await limitTime(view, check.timeLimitSeconds);
    const { rows } = await view.query<Seen>(textOf(wrapped), wrapped.values);
    await limitTime(view);
    await view.query("RELEASE SAVEPOINT before_check");
    const found = rows.slice(0, MAX_FINDINGS_PER_CHECK).map((row) => findingOf(check, row));
    if (rows.length === found.length) return { found };
    return { found, failure: `it found more than ${MAX_FINDINGS_PER_CHECK}` };
  } catch (error) {
    await view.query("ROLLBACK TO SAVEPOINT before_check");
    log.error({ err: error, check: check.code }, "a check failed; the others go on");
    return { found: [], failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Until the transaction's end, or the savepoint that it goes back to. */
async function limitTime(view: Queryable, seconds?: number): Promise<void> {
  const limit = seconds === undefined ? "DEFAULT" : `'${seconds}s'`;
  await view.query(`SET LOCAL statement_timeout = ${limit}`);
}

type Seen = Omit<Finding, "check" | "fingerprint">;

function findingOf(check: CheckFacts, seen: Seen): Finding {
  return { ...seen, check, fingerprint: fingerprintOf(check, seen.entityId) };
}

async function instantOf(view: Queryable): Promise<Date> {
  const { rows } = await view.query<{ now: Date }>("SELECT now() AS now");
  if (!rows[0]) throw new Error("SELECT now() gave no row");
  return rows[0].now;
}
