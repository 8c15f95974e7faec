import type { Queryable } from "./queryable.ts";

/**
 * Counts that `consumer` failed with this message, and returns how often it has by now. A message is named by its place
 * in its stream, so a dead letter that is put back has all its tries anew.
 */
export async function countFailedTry(sql: Queryable, consumer: string, message: string): Promise<number> {
  const { rows } = await sql.query<{ tries: number }>(
    `INSERT INTO vigia.failed_tries AS known (consumer, message, tries) VALUES ($1, $2, 1)
         ON CONFLICT (consumer, message) DO UPDATE
            SET tries = known.tries + 1, begun = GREATEST(known.begun - 1, 0), begun_by = NULL, failed_at = now()
     RETURNING tries`,
    [consumer, message],
  );
  return rows[0]?.tries ?? 1;
}

/**
 * Notes that `process` begins to handle this message, and returns how many processes have by now, this one included,
 * without its end being known: not whether it failed, nor that the message was handled.
 */
export async function beginTry(sql: Queryable, consumer: string, message: string, process: string): Promise<number> {
  const { rows } = await sql.query<{ begun: number }>(
    `INSERT INTO vigia.failed_tries AS known (consumer, message, tries, begun, begun_by) VALUES ($1, $2, 0, 1, $3)
         ON CONFLICT (consumer, message) DO UPDATE
            SET begun = known.begun + (known.begun_by IS DISTINCT FROM $3)::integer, begun_by = $3, failed_at = now()
     RETURNING begun`,
    [consumer, message, process],
  );
  return rows[0]?.begun ?? 1;
}

/** The message was handled after all. */
export async function forgetFailedTries(sql: Queryable, consumer: string, message: string): Promise<void> {
  await sql.query(`DELETE FROM vigia.failed_tries WHERE consumer = $1 AND message = $2`, [consumer, message]);
}
