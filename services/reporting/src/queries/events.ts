import type { Queryable } from "@vigia/database";
import type { FeedEvent, FeedPage } from "../answers.ts";
import { escapeLike } from "./text.ts";

export const EVENT_COLUMNS = "position, id, subject, source, payload, at";

export interface EventFilter {
  /** Where subjects begin, by whole words: `vigia.event.chain` holds `vigia.event.chain.synced.1`. */
  readonly subject?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. Rests on the indexes `event_feed_pkey` and, for a rare subject, `event_feed_subject`. */
export async function listEvents(sql: Queryable, { subject, before, limit }: EventFilter): Promise<FeedPage> {
  const { rows } = await sql.query<FeedEvent>(
    `SELECT ${EVENT_COLUMNS} FROM vigia.event_feed
      WHERE ($1::bigint IS NULL OR position < $1)
        AND ($2::text IS NULL OR subject = $2 OR subject LIKE $3)
      ORDER BY position DESC
      LIMIT $4`,
    [before, subject, subject === undefined ? undefined : `${escapeLike(subject)}.%`, limit + 1],
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
