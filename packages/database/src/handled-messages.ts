import type { Queryable } from "./queryable.ts";

/** Notes that `consumer` handles this message now. False: it has handled it before, and must not again. */
export async function handleOnce(sql: Queryable, consumer: string, messageId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `INSERT INTO vigia.handled_messages (consumer, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`,
    [consumer, messageId],
  );
  return rowCount > 0;
}
