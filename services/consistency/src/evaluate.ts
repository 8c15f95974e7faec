import type { Database, Queryable } from "@vigia/database";
import type { Logger } from "@vigia/runtime";
import { canary } from "./canary.ts";
import type { Check, CheckFacts, RunCheck } from "./check.ts";
import { type Finding, fingerprintOf } from "./finding.ts";
import { sql, textOf } from "./sql.ts";

/** How many findings of one check are held at a time. */
const PAGE = 10_000;

export interface EvaluateOptions {
  readonly checks: readonly Check[];
  /** Those that look at the run of the others. */
  readonly runChecks: readonly RunCheck[];
  /** What the canary was planted for. */
  readonly run: string;
  readonly followingGraceSeconds: number;
  /** By the checks' codes, the entity after which each looks; one that is not here looks from the first on. */
  readonly from?: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "error">;
}

export interface Evaluation {
  /** The instant of the snapshot, by the database's clock. */
  readonly at: Date;
  readonly findings: readonly Finding[];
  /**
   * The checks that saw all there was to see within their page: what they did not find there is not there. None where
   * all were blind.
   */
  readonly complete: ReadonlySet<string>;
  /** The pages of those that did not look at every entity, by their codes. */
  readonly pages: ReadonlyMap<string, Page>;
  /** The checks that could not run, or not to their end. */
  readonly failed: readonly string[];
}

/** Entities after one, up to another, in the order of their bytes. */
export interface Page {
  readonly after?: string | undefined;
  readonly upTo?: string | undefined;
}

export function isWithin({ after, upTo }: Page, entityId: string): boolean {
  const id = Buffer.from(entityId);
  return (
    (after === undefined || id.compare(Buffer.from(after)) > 0) &&
    (upTo === undefined || id.compare(Buffer.from(upTo)) <= 0)
  );
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
    const pages = new Map<string, Page>();
    for (const check of options.checks) {
      options.signal.throwIfAborted();
      const { found, failure, page } = await runCheck(view, check, at, options);
      findings.push(...found);
      if (failure !== undefined) incomplete.set(check.code, failure);
      pages.set(check.code, page);
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
    return { at, findings, complete: new Set([...complete, ...judged]), pages, failed: [...incomplete.keys()] };
  });
}

interface Outcome {
  readonly found: readonly Finding[];
  readonly page: Page;
  /** Why it is not all that there is to find there. */
  readonly failure?: string;
}

async function runCheck(
  view: Queryable,
  check: Check,
  now: Date,
  { followingGraceSeconds, from, log }: EvaluateOptions,
): Promise<Outcome> {
  const { graceSeconds: own } = check;
  const follows = own === "following";
  const graceSeconds = follows ? followingGraceSeconds : own;
  const after = from?.get(check.code);
  const settled = new Date(now.getTime() - graceSeconds * 1_000);
  await view.query("SAVEPOINT before_check");
  try {
    // However a query is written, an entity is reported once. Bytewise, so that pages follow each other everywhere.
    const wrapped = sql`
      SELECT DISTINCT ON ("entityId") entity_id::text COLLATE "C" AS "entityId", evidence,
             ${follows ? sql`since <= ${settled}` : sql`true`} AS settled
        FROM (${check.query({ now, settled })}) AS found
       WHERE ${after === undefined ? sql`true` : sql`entity_id::text COLLATE "C" > ${after}`}
       ORDER BY "entityId", settled DESC, evidence
       LIMIT ${PAGE}`;
    await limitTime(view, check.timeLimitSeconds);
    const { rows } = await view.query<Seen>(textOf(wrapped), wrapped.values);
    await limitTime(view);
    await view.query("RELEASE SAVEPOINT before_check");
    const upTo = rows.length < PAGE ? undefined : rows.at(-1)?.entityId;
    return { found: rows.map((row) => findingOf(check, row)), page: { after, upTo } };
  } catch (error) {
    await view.query("ROLLBACK TO SAVEPOINT before_check");
    log.error({ err: error, check: check.code }, "a check failed; the others go on");
    return { found: [], page: { after }, failure: error instanceof Error ? error.message : String(error) };
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
