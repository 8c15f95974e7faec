import { type Cause, type Database, type Issue, type Queryable, readCauses, readIssues } from "@vigia/database";
import type { Severity } from "@vigia/messages";
import type { Logger } from "@vigia/runtime";
import type { CheckFacts } from "./check.ts";
import { CHECKS } from "./checks/index.ts";
import { configuredChecks } from "./configured-checks.ts";
import { type Look, lookWith, prepare } from "./evaluate.ts";
import { type Finding, tradeOf } from "./finding.ts";
import type { Plan } from "./heal/heal.ts";
import { causesOf, inhibited } from "./inhibition.ts";
import type { ConfiguredChecks } from "./settings.ts";

/**
 * What a run would make of a finding. `new`: an issue is opened. `known`: it is an issue already. `unsettled`: it may
 * still come right, for its grace is not over. `explained`: it follows from another finding, which is the one to look at.
 */
export type Prospect = "new" | "known" | "unsettled" | "explained";

export interface ProspectiveIssue {
  readonly fingerprint: string;
  readonly check: string;
  readonly severity: Severity;
  readonly meaning: string;
  readonly entityType: string;
  readonly entityId: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly prospect: Prospect;
  /** How a run would have it mended, once it is an issue; left out where its check can't, or not yet. */
  readonly heal?: Plan & { readonly isOn: boolean };
}

export interface DryRun {
  /** The instant of the snapshot, by the database's clock. */
  readonly at: Date;
  readonly checks: readonly string[];
  /** In the order of the checks. */
  readonly found: readonly ProspectiveIssue[];
  /** The checks that could not look, or found more than is held at a time: of those, the first are told. */
  readonly incomplete: readonly string[];
}

export interface DryRunOptions {
  /** Those that are to look; without, those of the usual check, or with `deep` all. */
  readonly codes?: readonly string[] | undefined;
  readonly deep: boolean;
  readonly followingGraceSeconds: number;
  /** The codes of the checks whose findings are mended without a person. */
  readonly heals: readonly string[];
  /** The marketplace's own. */
  readonly configured: ConfiguredChecks;
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "error">;
}

/** A check was named that there is none of. */
export class UnknownCheckError extends Error {
  override readonly name = "UnknownCheckError";
}

/**
 * What the checks would find just now: all in one read-only snapshot, and nothing is recorded or told. The checks that
 * look at a run of the others are no part of it. Throws `UnknownCheckError`.
 */
export async function lookOnly(database: Pick<Database, "snapshot">, options: DryRunOptions): Promise<DryRun> {
  const checks = chosen(options);
  return database.snapshot(async (view) => {
    await prepare(view);
    const at = await instantOf(view);
    const looks: Look[] = [];
    for (const check of checks) {
      options.signal.throwIfAborted();
      looks.push(await lookWith(view, check, { ...options, now: at }));
    }
    const findings = looks.flatMap((look) => look.findings);
    const fingerprints = findings.map(({ fingerprint }) => fingerprint);
    const open = (await readIssues(view, fingerprints)).filter(({ status }) => status !== "resolved");
    const silenced = inhibited(findings, await standingCauses(view, looks, allChecks(options)), allChecks(options));
    const isPartial = ({ failure, range }: Look) => failure !== undefined || range.upTo !== undefined;
    const found: ProspectiveIssue[] = [];
    for (const finding of findings) {
      const plan = await finding.check.heal?.plan(finding, view);
      const heal = plan && { ...plan, isOn: options.heals.includes(finding.check.code) };
      found.push({ ...describe(finding), prospect: prospectOf(finding, open, silenced), ...(heal ? { heal } : {}) });
    }
    return {
      at,
      checks: checks.map(({ code }) => code),
      found,
      incomplete: looks.filter(isPartial).map(({ check }) => check.code),
    };
  });
}

/** The issues that explain what was found, of checks that did not look at it all just now. */
async function standingCauses(view: Queryable, looks: readonly Look[], all: readonly CheckFacts[]): Promise<Cause[]> {
  const complete = looks.filter(({ failure, range }) => failure === undefined && range.upTo === undefined);
  const judged = new Set(complete.map(({ check }) => check.code));
  const causes: Cause[] = [];
  for (const { check, findings } of looks) {
    causes.push(...(await readCauses(view, causesOf(check.code, all), findings.map(tradeOf))));
  }
  return causes.filter(({ check, lastSeen }) => lastSeen !== null && !judged.has(check));
}

async function instantOf(view: Queryable): Promise<Date> {
  const { rows } = await view.query<{ now: Date }>("SELECT now() AS now");
  if (!rows[0]) throw new Error("SELECT now() gave no row");
  return rows[0].now;
}

function allChecks({ configured }: DryRunOptions) {
  return [...CHECKS, ...configuredChecks(configured)];
}

function chosen(options: DryRunOptions) {
  const all = allChecks(options);
  const { codes, deep } = options;
  if (codes === undefined) return all.filter((check) => deep || !check.deep);
  const unknown = codes.filter((code) => !all.some((check) => check.code === code));
  if (unknown.length > 0)
    throw new UnknownCheckError(`there is no check ${unknown.join(", ")}; docs/checks.md lists them`);
  return all.filter(({ code }) => codes.includes(code));
}

function describe({ fingerprint, check, entityId, evidence }: Finding) {
  const { code, severity, meaning, entityType } = check;
  return { fingerprint, check: code, severity, meaning, entityType, entityId, evidence };
}

function prospectOf(
  { fingerprint, settled }: Finding,
  open: readonly Issue[],
  silenced: ReadonlySet<string>,
): Prospect {
  if (open.some((issue) => issue.fingerprint === fingerprint)) return "known";
  if (!settled) return "unsettled";
  return silenced.has(fingerprint) ? "explained" : "new";
}
