import type { DatabaseTls } from "./connection.ts";
import { createDataSource } from "./data-source.ts";

/** One key for everybody who migrates, so that two at once take turns. */
const MIGRATION_LOCK = 7_164_401;

/** Brings the database to the newest schema. Safe to run twice and by several at once. Returns what was applied. */
export async function migrate({ url, tls }: { readonly url: string; readonly tls?: DatabaseTls }): Promise<string[]> {
  const source = createDataSource({ url, tls, applicationName: "vigia-migrate", poolSize: 2 });
  await source.initialize();
  const guard = source.createQueryRunner();
  try {
    await guard.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    const applied = await source.runMigrations();
    return applied.map(({ name }) => name);
  } finally {
    await guard.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]).catch(() => undefined);
    await guard.release();
    await source.destroy();
  }
}
