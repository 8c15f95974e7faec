import type { Queryable } from "@vigia/database";
import type { Check } from "./check.ts";
import { sql } from "./sql.ts";

/**
 * Looks for the violation that each run plants for itself, in a table that nobody else reads. It is asked like every
 * check; what it finds is recognised, and told to nobody.
 */
export const canary: Check = {
  code: "CANARY",
  severity: "low",
  meaning: "the planted violation was found",
  why: "It shows that the checks see.",
  remedy: "Nothing.",
  entityType: "task",
  graceSeconds: 0,
  inhibits: [],
  query: () => sql`SELECT planted_for AS entity_id, '{}'::jsonb AS evidence FROM vigia.canaries WHERE amount <= 0`,
};

/** Plants this run's violation, in the place of that of the task's last run. Returns when, by the database's clock. */
export async function plantCanary(tx: Queryable, task: string, run: string): Promise<Date> {
  const { rows } = await tx.query<{ at: Date }>(
    `INSERT INTO vigia.canaries (task, planted_for, amount) VALUES ($1, $2, 0)
         ON CONFLICT (task) DO UPDATE SET planted_for = excluded.planted_for, amount = 0, planted_at = now()
     RETURNING planted_at AS at`,
    [task, run],
  );
  const [planted] = rows;
  if (!planted) throw new Error("planting gave no row");
  return planted.at;
}

/** Whether all that there is was looked at with these checks last, so that only what changed since then is new. */
export async function isSeenWhole(sql: Queryable, checks: string): Promise<boolean> {
  const { rowCount } = await sql.query("SELECT FROM vigia.canaries WHERE seen_whole = $1", [checks]);
  return rowCount > 0;
}

/** Of whatever task's run: both look at the same trades. */
export async function noteSeenWhole(tx: Queryable, checks: string): Promise<void> {
  await tx.query("UPDATE vigia.canaries SET seen_whole = $1", [checks]);
}
