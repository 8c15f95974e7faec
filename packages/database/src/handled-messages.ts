import type { Queryable } from "./queryable.ts";

/** Notes that `consumer` handles these messages now, and returns those that it had not handled before. */
export async function handleOnceEach(
  sql: Queryable,
  consumer: string,
  messageIds: readonly string[],
): Promise<Set<string>> {
  // In one order, so that two processes that note the same ones wait for each other and not both.
  const { rows } = await sql.query<{ id: string }>(
    `INSERT INTO vigia.handled_messages (consumer, message_id)
     SELECT $1, id FROM unnest($2::text[]) AS id ORDER BY id
         ON CONFLICT DO NOTHING RETURNING message_id AS id`,
    [consumer, messageIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Notes that `consumer` handles this message now. False: it has handled it before, and must not again. */
export async function handleOnce(sql: Queryable, consumer: string, messageId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `INSERT INTO vigia.handled_messages (consumer, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`,
    [consumer, messageId],
  );
  return rowCount > 0;
}

/**
 * Until this transaction is over, nobody else decides whether the message is run or skipped: they wait here, and then
 * see what was decided.
 */
export async function lockMessage(tx: Queryable, messageId: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('vigia.message:' || $1, 0))`, [messageId]);
}
