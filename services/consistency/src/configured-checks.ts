import type { Database } from "@vigia/database";
import { ConfigurationError } from "@vigia/runtime";
import { ALL } from "./among.ts";
import type { Check } from "./check.ts";
import type { ConfiguredCheck, ConfiguredChecks } from "./settings.ts";
import { sql, textOf } from "./sql.ts";

const SETTING = "CONSISTENCY_CHECKS";
/** What comes after an SQL mistake's place, so that people find it. */
const EXCERPT = 40;

/** The checks that the settings add, in the form of ours. */
export function configuredChecks(configured: ConfiguredChecks): Check[] {
  return Object.entries(configured).map(([code, facts]) => ({
    ...{ code, why: "", remedy: "", inhibits: [] },
    ...{ severity: facts.severity, meaning: facts.meaning, entityType: facts.entityType },
    ...{ graceSeconds: facts.graceSeconds, timeLimitSeconds: facts.timeLimitSeconds },
    ...(facts.schedule === "deep" ? { deep: true as const } : {}),
    query: ({ settled }) => sql`
      SELECT coalesce(entity_id::text, 'unknown') AS entity_id,
             CASE jsonb_typeof(evidence::jsonb) WHEN 'object' THEN evidence::jsonb
                  ELSE jsonb_build_object('evidence', evidence) END AS evidence
        FROM (${{ strings: [statementOf(facts)], values: [] }}) AS configured
       WHERE ${facts.graceSeconds > 0 ? sql`since::timestamptz <= ${settled}` : sql`true`}`,
  }));
}

/**
 * Has the database begin each, as this service may read, and take no row of it. Throws `ConfigurationError` with what is
 * wrong in each, and where. `taken`: the codes of our own.
 */
export async function validateConfigured(
  database: Pick<Database, "snapshot">,
  configured: ConfiguredChecks,
  taken: readonly string[],
): Promise<void> {
  const problems: string[] = [];
  for (const check of configuredChecks(configured)) {
    const named = `${SETTING}.${check.code}`;
    if (taken.includes(check.code)) problems.push(`${named}: there is a check of this name already`);
    const now = new Date();
    // With a parameter PostgreSQL takes one statement alone, so that none can end the transaction that reads only.
    const wrapped = sql`${check.query({ now, settled: now, among: ALL })} LIMIT ${0}`;
    const text = textOf(wrapped);
    await database
      .snapshot((view) => view.query(text, wrapped.values))
      .catch((error: unknown) => {
        const facts = configured[check.code] as ConfiguredCheck;
        problems.push(`${named}.query: ${mistake(error, text, facts)}`);
      });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** A comment in its last line ends there, and a semicolon is no part of a query. */
function statementOf({ query }: ConfiguredCheck): string {
  return `\n${query.trimEnd().replace(/;+$/, "")}\n`;
}

/** Says what is wrong; by line and column where that is within the check's own query. */
function mistake(error: unknown, text: string, facts: ConfiguredCheck): string {
  const message = error instanceof Error ? error.message : String(error);
  const statement = statementOf(facts);
  const place = positionOf(error) - text.indexOf(statement) - 1;
  const before = statement.slice(1, place);
  const line = before.split("\n").length;
  if (place > 0 && place < statement.length) {
    const near = statement.slice(place, place + EXCERPT).split("\n")[0];
    return `line ${line}, column ${place - statement.lastIndexOf("\n", place - 1)}: ${message}, at: ${near}`;
  }
  const wanted = facts.graceSeconds > 0 ? ", and since where there is a grace" : "";
  return `it must be one query that returns entity_id and evidence (a JSON object)${wanted}: ${message}`;
}

/** Of a character, from 1 on; NaN where Postgres named none. */
function positionOf(error: unknown): number {
  return Number(typeof error === "object" && error !== null && "position" in error ? error.position : Number.NaN);
}
