import type { Headers } from "@vigia/messages";
import type { Queryable } from "./queryable.ts";

export interface DeadLetter {
  /** The same at every try to keep it, and never that of another letter. */
  readonly id: string;
  /** Its place in the stream of dead letters. */
  readonly sequence: number;
  readonly consumer: string;
  /** Where it came, as it came. */
  readonly subject: string;
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly headers: Headers;
  readonly reason: string;
  readonly tries: number;
  readonly at: Date;
}

export interface DeadLetters {
  /** Safe to do twice. */
  keep(letter: DeadLetter): Promise<void>;
  isKept(id: string): Promise<boolean>;
  /**
   * Claims unresolved letters for the rest of the transaction: that of a sequence, the newest where a lost stream left
   * two; or the oldest of a consumer, up to `limit`. Reads through `dead_letters_sequence` and `dead_letters_open`.
   */
  claim(
    wanted: { readonly sequence: number } | { readonly consumer: string; readonly limit: number },
  ): Promise<DeadLetter[]>;
  resolve(ids: readonly string[]): Promise<void>;
  /** How many of a consumer's letters are unresolved. */
  countOpen(consumer: string): Promise<number>;
  /** When the letter of this sequence was resolved; `undefined` where there is none that was. */
  resolvedAt(sequence: number): Promise<Date | undefined>;
}

const COLUMNS = `id, sequence, consumer, subject, message_id AS "messageId", body, headers, reason, tries, at`;

export function deadLetters(sql: Queryable): DeadLetters {
  return {
    async keep({ id, sequence, consumer, subject, messageId, body, headers, reason, tries, at }) {
      await sql.query(
        `INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, message_id, body, headers, reason, tries, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10)
             ON CONFLICT (id) DO NOTHING`,
        [id, sequence, consumer, subject, messageId, Buffer.from(body), JSON.stringify(headers), reason, tries, at],
      );
    },
    async isKept(id) {
      return (await sql.query(`SELECT 1 FROM vigia.dead_letters WHERE id = $1`, [id])).rowCount === 1;
    },
    async claim(wanted) {
      const [condition, order, value, limit] =
        "sequence" in wanted
          ? (["sequence = $1", "at DESC", wanted.sequence, 1] as const)
          : (["consumer = $1", "at", wanted.consumer, wanted.limit] as const);
      const { rows } = await sql.query<DeadLetter>(
        `SELECT ${COLUMNS} FROM vigia.dead_letters
          WHERE ${condition} AND resolved_at IS NULL
          ORDER BY ${order}, id LIMIT $2
            FOR UPDATE`,
        [value, limit],
      );
      return rows;
    },
    async resolve(ids) {
      await sql.query(`UPDATE vigia.dead_letters SET resolved_at = now() WHERE id = ANY($1::text[])`, [ids]);
    },
    async countOpen(consumer) {
      const { rows } = await sql.query<{ count: number }>(
        `SELECT count(*) FROM vigia.dead_letters WHERE consumer = $1 AND resolved_at IS NULL`,
        [consumer],
      );
      return rows[0]?.count ?? 0;
    },
    async resolvedAt(sequence) {
      const { rows } = await sql.query<{ at: Date }>(
        `SELECT resolved_at AS at FROM vigia.dead_letters
          WHERE sequence = $1 AND resolved_at IS NOT NULL ORDER BY resolved_at DESC LIMIT 1`,
        [sequence],
      );
      return rows[0]?.at;
    },
  };
}
