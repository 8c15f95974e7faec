import type { Queryable } from "./queryable.ts";

/**
 * Counts that `consumer` failed with this message, and returns how often it has by now. A message is named by its place
 * in its stream, so a dead letter that is put back has all its tries anew.
 */
export async function countFailedTry(sql: Queryable, consumer: string, message: string): Promise<number> {
  const { rows } = await sql.query<{ tries: number }>(
    `INSERT INTO vigia.failed_tries AS known (consumer, message, tries) VALUES ($1, $2, 1)
         ON CONFLICT (consumer, message) DO UPDATE SET tries = known.tries + 1, failed_at = now()
     RETURNING tries`,
    [consumer, message],
  );
  return rows[0]?.tries ?? 1;
}

/** The message was handled after all. */
export async function forgetFailedTries(sql: Queryable, consumer: string, message: string): Promise<void> {
  await sql.query(`DELETE FROM vigia.failed_tries WHERE consumer = $1 AND message = $2`, [consumer, message]);
}
