import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";

/** What running services can cause that hold tables in another order, or for long: deadlock_detected, lock_not_available. */
const IN_THE_WAY: readonly unknown[] = ["40P01", "55P03"];
const MAX_TRIES = 20;
const PAUSE_MS = 500;

/**
 * Runs the statements of `databaseAccess` as the owner of the database at `url`, while services are at work: a try that
 * they are in the way of changes nothing, and another follows. Throws what Postgres says of the last one.
 */
export async function grant(url: string, statements: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const client = new Client({ connectionString: url, application_name: "vigia-access" });
    await client.connect();
    try {
      return await client.query(statements).then(() => undefined);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (!IN_THE_WAY.includes(code) || tries === MAX_TRIES) throw error;
    } finally {
      await client.end();
    }
    await sleep(PAUSE_MS);
  }
}
