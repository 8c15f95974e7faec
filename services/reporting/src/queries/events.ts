import { type Queryable, WARNING_SUBJECTS } from "@vigia/database";
import type { FeedEvent, FeedPage } from "../answers.ts";
import { containing, escapeLike } from "./text.ts";

export const EVENT_COLUMNS = "position, id, subject, source, payload, at";

export interface EventFilter {
  /** Where subjects begin, by whole words: `vigia.event.chain` holds `vigia.event.chain.synced.1`. */
  readonly subject?: string | undefined;
  /** Those alone that tell of something that went wrong. */
  readonly warnings?: boolean | undefined;
  /** In its id, its subject or what it says. */
  readonly text?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What went wrong, by its subject: in the very words of the index `event_feed_warnings`. */
const IS_WARNING = `subject ~ '${WARNING_SUBJECTS}'`;

/**
 * Newest first. Rests on the indexes `event_feed_pkey`, `event_feed_warnings` and, for a rare subject,
 * `event_feed_subject`.
 */
export async function listEvents(sql: Queryable, filter: EventFilter): Promise<FeedPage> {
  const { subject, warnings = false, text, before, limit } = filter;
  const { rows } = await sql.query<FeedEvent>(
    `SELECT ${EVENT_COLUMNS} FROM vigia.event_feed
      WHERE ($1::bigint IS NULL OR position < $1)
        AND ($2::text IS NULL OR subject = $2 OR subject LIKE $3)
        AND ($4::text IS NULL OR concat_ws(' ', id, subject, payload::text) ILIKE $4)
        ${warnings ? `AND ${IS_WARNING}` : ""}
      ORDER BY position DESC
      LIMIT $5`,
    [
      ...[before, subject, subject === undefined ? undefined : `${escapeLike(subject)}.%`],
      ...[text === undefined ? undefined : containing(text), limit + 1],
    ],
  );
  const events = rows.slice(0, limit);
  return { events, next: rows.length > limit ? (events.at(-1)?.position ?? null) : null };
}

/** In their order. Rests on the index `event_feed_pkey`. */
export async function newerEvents(sql: Queryable, after: number, limit: number): Promise<readonly FeedEvent[]> {
  const { rows } = await sql.query<FeedEvent>(
    `SELECT ${EVENT_COLUMNS} FROM vigia.event_feed WHERE position > $1 ORDER BY position LIMIT $2`,
    [after, limit],
  );
  return rows;
}

/** The position of the newest event; 0 where there is none. Rests on the index `event_feed_pkey`. */
export async function newestPosition(sql: Queryable): Promise<number> {
  const { rows } = await sql.query<{ position: number | null }>(
    "SELECT max(position) AS position FROM vigia.event_feed",
  );
  return rows[0]?.position ?? 0;
}

/**
 * The oldest loss of Redis that a living process has told of and not yet taken back. Rests on the indexes
 * `event_feed_subject` and `owners_pkey`.
 */
export async function sinceRedisIsAway(sql: Queryable): Promise<Date | null> {
  const { rows } = await sql.query<{ since: Date | null }>(
    `SELECT min(at) AS since
       FROM (SELECT DISTINCT ON (payload->>'instance') payload->>'instance' AS owner, subject, at
               FROM vigia.event_feed WHERE subject LIKE 'vigia.event.tracker.%'
              ORDER BY payload->>'instance', position DESC) AS last
       JOIN vigia.owners USING (owner)
      WHERE subject = 'vigia.event.tracker.degraded' AND expires_at > now()`,
  );
  return rows[0]?.since ?? null;
}
