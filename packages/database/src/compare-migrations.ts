import { APPLIED_MIGRATIONS, MIGRATIONS } from "./data-source.ts";
import type { Queryable } from "./queryable.ts";

export interface MigrationsCompared {
  /** Of this program, and not applied. */
  readonly missing: readonly string[];
  /** Applied, and not of this program: a newer one has been here. */
  readonly unknown: readonly string[];
}

/** Compares the migrations that a database has with those of this program. Rejects where it was never migrated. */
export async function compareMigrations(sql: Queryable): Promise<MigrationsCompared> {
  const { schema, table } = APPLIED_MIGRATIONS;
  const { rows } = await sql.query<{ name: string }>(`SELECT name FROM ${schema}.${table} ORDER BY name`);
  const applied = rows.map(({ name }) => name);
  const ours: readonly string[] = MIGRATIONS.map(({ name }) => name);
  return {
    missing: ours.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !ours.includes(name)),
  };
}
