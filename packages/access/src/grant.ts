import { setTimeout as sleep } from "node:timers/promises";
import { Client, DatabaseError } from "pg";

/** What running services can cause that hold tables in another order, or for long: deadlock_detected, lock_not_available. */
const IN_THE_WAY: readonly unknown[] = ["40P01", "55P03"];
/** Where Postgres finds that a role was changed by somebody else at the same moment; it has no code of its own for that. */
const CHANGED_MEANWHILE = "simple_heap_update";
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
      if (!isInTheWay(error) || tries === MAX_TRIES) throw error;
    } finally {
      await client.end();
    }
    await sleep(PAUSE_MS);
  }
}

function isInTheWay(error: unknown): boolean {
  return error instanceof DatabaseError && (IN_THE_WAY.includes(error.code) || error.routine === CHANGED_MEANWHILE);
}
