import { setTimeout as sleep } from "node:timers/promises";
import type { Queryable } from "@vigia/database";
import type { FeedEvent } from "../answers.ts";
import { newerEvents } from "../queries/events.ts";

const POLL_MS = 500;
const BATCH = 200;

/**
 * Gives what comes into the feed after a position, batch by batch and in order, until the signal aborts. Between
 * batches it looks every `POLL_MS`; an empty batch says that there was nothing. Any process of the service may have
 * written the rows, so the table is asked, not this process's consumer.
 */
export async function* followFeed(
  sql: Queryable,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<readonly FeedEvent[], void> {
  let position = after;
  while (!signal.aborted) {
    const events = await newerEvents(sql, position, BATCH);
    position = events.at(-1)?.position ?? position;
    yield events;
    if (events.length < BATCH) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}
