import type { Queryable } from "@vigia/database";

export interface DeadLetter {
  readonly sequence: number;
  readonly consumer: string;
  readonly subject: string;
  readonly messageId: string;
  readonly reason: string;
  readonly tries: number;
  readonly at: Date;
  readonly resolvedAt: Date | null;
}

export interface DeadLetterQuestion {
  readonly consumer: string | undefined;
  /** Resolved ones too. */
  readonly all: boolean;
  readonly limit: number;
}

/** The newest first. */
export async function findDeadLetters(
  sql: Queryable,
  { consumer, all, limit }: DeadLetterQuestion,
): Promise<DeadLetter[]> {
  const { rows } = await sql.query<DeadLetter>(
    `SELECT sequence, consumer, subject, message_id AS "messageId", reason, tries, at, resolved_at AS "resolvedAt"
       FROM vigia.dead_letters
      WHERE ($1::text IS NULL OR consumer = $1) AND ($2 OR resolved_at IS NULL)
      ORDER BY at DESC, sequence DESC
      LIMIT $3`,
    [consumer ?? null, all, limit],
  );
  return rows;
}

/** Rests on the index `dead_letters_open`. */
export async function countDeadLetters(sql: Queryable): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `SELECT count(*) FROM vigia.dead_letters WHERE resolved_at IS NULL`,
  );
  return rows[0]?.count ?? 0;
}
