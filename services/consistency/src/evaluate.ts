import type { ChangedTrades, EntityRange, Queryable } from "@vigia/database";
import type { Logger } from "@vigia/runtime";
import { ALL, amongChanged, asksWhich } from "./among.ts";
import { canary } from "./canary.ts";
import type { Check, CheckFacts } from "./check.ts";
import { type Finding, fingerprintOf } from "./finding.ts";
import { sql, textOf } from "./sql.ts";

/** How many findings are held at a time. */
const PAGE = 10_000;
/** Between two questions, what was found is written; a view keeps nobody waiting meanwhile. */
const IDLE_SECONDS = 120;

export interface LookOptions {
  /** The instant to judge by. */
  readonly now: Date;
  readonly followingGraceSeconds: number;
  /** The trades that alone are looked at, by checks that ask for them; unless told, all are. */
  readonly changed?: ChangedTrades | undefined;
  readonly log: Pick<Logger, "error">;
}

/** What a check saw of its entities. */
export interface Look {
  readonly check: CheckFacts;
  readonly findings: readonly Finding[];
  /** What it looked at: what it did not find there is not there. Without an end it looked at all the rest. */
  readonly range: EntityRange;
  /** What it looked at within that range, if not at all: findings on these trades. */
  readonly trades?: ReadonlySet<string> | undefined;
  /** Why it could not look. */
  readonly failure?: string;
}

export function isWithin({ after, upTo }: EntityRange, entityId: string): boolean {
  const id = Buffer.from(entityId);
  return (
    (after === undefined || id.compare(Buffer.from(after)) > 0) &&
    (upTo === undefined || id.compare(Buffer.from(upTo)) <= 0)
  );
}

/** Readies a view for checks: what they say of an instant is the same everywhere. */
export async function prepare(view: Queryable): Promise<void> {
  await view.query("SET LOCAL TIME ZONE 'UTC'");
  await view.query(`SET LOCAL idle_in_transaction_session_timeout = '${IDLE_SECONDS}s'`);
}

/** Whether a view shows what this run planted. Asked like every check, and told to nobody. */
export async function seesCanary(view: Queryable, run: string, options: LookOptions): Promise<boolean> {
  const { findings } = await lookWith(view, canary, options);
  return findings.some(({ entityId }) => entityId === run);
}

/** Asks a check of the entities after one, as far as is held at a time. One that fails leaves the view as it was. */
export async function lookWith(
  view: Queryable,
  check: Check,
  { now, followingGraceSeconds, changed, log }: LookOptions,
  after?: string,
): Promise<Look> {
  const { graceSeconds: own } = check;
  const follows = own === "following";
  const graceSeconds = follows ? followingGraceSeconds : own;
  const settled = new Date(now.getTime() - graceSeconds * 1_000);
  const among = changed === undefined ? ALL : amongChanged(changed);
  const trades = asksWhich(check) ? changed?.trades : undefined;
  await view.query("SAVEPOINT before_check");
  try {
    // However a query is written, an entity is reported once. Bytewise, so that pages follow each other everywhere.
    const wrapped = sql`
      SELECT DISTINCT ON ("entityId") entity_id::text COLLATE "C" AS "entityId", evidence,
             ${follows || check.givesSince ? sql`since <= ${settled}` : sql`true`} AS settled
        FROM (${check.query({ now, settled, among })}) AS found
       WHERE ${after === undefined ? sql`true` : sql`entity_id::text COLLATE "C" > ${after}`}
       ORDER BY "entityId", settled DESC, evidence
       LIMIT ${PAGE}`;
    if (check.timeLimitSeconds !== undefined) await limitTime(view, `'${check.timeLimitSeconds}s'`);
    const { rows } = await view.query<Seen>(textOf(wrapped), wrapped.values);
    if (check.timeLimitSeconds !== undefined) await limitTime(view, "DEFAULT");
    await view.query("RELEASE SAVEPOINT before_check");
    const upTo = rows.length < PAGE ? undefined : rows.at(-1)?.entityId;
    return { check, findings: rows.map((row) => findingOf(check, row)), range: { after, upTo }, trades };
  } catch (error) {
    await view.query("ROLLBACK TO SAVEPOINT before_check");
    log.error({ err: error, check: check.code }, "a check failed; the others go on");
    return { check, findings: [], range: { after }, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Until the transaction's end, or the savepoint that it goes back to. */
async function limitTime(view: Queryable, limit: string): Promise<void> {
  await view.query(`SET LOCAL statement_timeout = ${limit}`);
}

type Seen = Omit<Finding, "check" | "fingerprint">;

export function findingOf(check: CheckFacts, seen: Seen): Finding {
  return { ...seen, check, fingerprint: fingerprintOf(check, seen.entityId) };
}
