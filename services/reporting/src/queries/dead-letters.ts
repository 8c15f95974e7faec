import type { Queryable } from "@vigia/database";
import type { DeadLetter, DeadLetterDetails, DeadLetterPage } from "../answers.ts";
import { containing } from "./text.ts";

export const DEAD_LETTER_COLUMNS = `id, sequence, consumer, subject, message_id AS "messageId", reason, tries, at,
  resolved_at AS "resolvedAt"`;
/** Characters of a body that are shown; what is longer is in the stream of dead letters. */
const LONGEST_BODY = 20_000;

export interface DeadLetterFilter {
  readonly consumer?: string | undefined;
  /** Those that were replayed, too. */
  readonly all: boolean;
  /** In its ids, its subject, the reason, its headers or its body. */
  readonly text?: string | undefined;
  /** The id of the last one of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Newest first, and how many each consumer has open. Rests on the index `dead_letters_open` unless all are wanted. */
export async function listDeadLetters(sql: Queryable, filter: DeadLetterFilter): Promise<DeadLetterPage> {
  const { consumer, all, text, before, limit } = filter;
  const { rows } = await sql.query<DeadLetter>(
    `SELECT ${DEAD_LETTER_COLUMNS} FROM vigia.dead_letters
      WHERE ($1::text IS NULL OR consumer = $1)
        AND ($2 OR resolved_at IS NULL)
        AND ($3::text IS NULL OR (at, id) < (SELECT at, id FROM vigia.dead_letters WHERE id = $3))
        AND ($4::text IS NULL OR concat_ws(' ', id, sequence, consumer, subject, message_id, reason, headers::text,
                                           encode(body, 'escape')) ILIKE $4)
      ORDER BY at DESC, id DESC
      LIMIT $5`,
    [consumer, all, before, text === undefined ? undefined : containing(text), limit + 1],
  );
  const letters = rows.slice(0, limit);
  const open = await sql.query<DeadLetterPage["open"][number]>(
    "SELECT consumer, count(*) AS count FROM vigia.dead_letters WHERE resolved_at IS NULL GROUP BY consumer ORDER BY 1",
  );
  return { letters, open: open.rows, next: rows.length > limit ? (letters.at(-1)?.id ?? null) : null };
}

/** How many wait to be replayed. Rests on the index `dead_letters_open`. */
export async function countOpenDeadLetters(sql: Queryable): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    "SELECT count(*) AS count FROM vigia.dead_letters WHERE resolved_at IS NULL",
  );
  return rows[0]?.count ?? 0;
}

/** With what the message said. Rests on the index `dead_letters_pkey`. */
export async function findDeadLetter(sql: Queryable, id: string): Promise<DeadLetterDetails | undefined> {
  const { rows } = await sql.query<Omit<DeadLetterDetails, "body"> & { readonly body: Buffer }>(
    `SELECT ${DEAD_LETTER_COLUMNS}, headers, body FROM vigia.dead_letters WHERE id = $1`,
    [id],
  );
  return rows[0] && { ...rows[0], body: readable(rows[0].body) };
}

/** A body may be no text at all: that may be why nobody could handle it. */
function readable(body: Buffer): DeadLetterDetails["body"] {
  const text = body.toString("utf8");
  const isText = Buffer.from(text, "utf8").equals(body);
  const shown = isText ? text : body.toString("base64");
  return {
    encoding: isText ? "text" : "base64",
    text: shown.slice(0, LONGEST_BODY),
    isWhole: shown.length <= LONGEST_BODY,
  };
}
