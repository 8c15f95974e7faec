import type { FeedEvent, FeedPage } from "./answers.ts";

/** The page shows this many events; older ones fall off its end. */
export const FEED_LENGTH = 100;

/** The newest page of the feed with one more event; one that it has already is not added again. */
export function withEvent(page: FeedPage | undefined, event: FeedEvent): FeedPage {
  const events = page?.events ?? [];
  if (events.some(({ position }) => position === event.position)) return { events, next: page?.next ?? null };
  return { events: [event, ...events].slice(0, FEED_LENGTH), next: page?.next ?? null };
}
