import { context as active, propagation } from "@opentelemetry/api";
import {
  attributeHeaders,
  beginHeaders,
  type Envelope,
  EVENT_LIMIT_BYTES,
  type Headers,
  type OutgoingEvent,
  toHeaders,
} from "@vigia/messages";
import type { Queryable } from "./queryable.ts";

/** Who emits, and because of which message. */
export interface EventContext {
  readonly source: string;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

export interface OutboxMessage {
  readonly position: number;
  /** Where the row lies, as long as the transaction that claimed it lasts. */
  readonly place: string;
  readonly id: string;
  readonly subject: string;
  readonly aggregate: string;
  readonly headers: Headers;
  /** JSON. */
  readonly body: string;
}

/** An event that the bus would not take: its change is not made either. Say less in it, or split it. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

/**
 * Writes events beside the change that made them true. An id that is there already is not written again. Throws
 * `EventTooLargeError` where one has more than `EVENT_LIMIT_BYTES`.
 */
export async function writeToOutbox(
  sql: Queryable,
  context: EventContext,
  events: readonly OutgoingEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const { source, correlationId, causationId } = context;
  // Who handles an event finds the trace of what emitted it, whenever that is.
  const trace: Pick<Envelope, "traceparent" | "tracestate"> = {};
  propagation.inject(active.active(), trace);
  const shared = { correlationId, causationId, time: new Date().toISOString(), ...trace };
  const payloads = events.map((event) => {
    const payload = JSON.stringify(event.data);
    refuseTooLarge(event, payload, { source, ...shared });
    return payload;
  });
  const types = [...new Set(events.map((event) => event.type))];
  // What the other columns say is no part of the headers: it is added when they are relayed.
  await sql.query(
    `INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload)
     SELECT id, subject, $4, aggregate, $6::json -> type, payload
       FROM ROWS FROM (unnest($1::text[], $2::text[], $3::text[], $5::text[]), json_array_elements($7::json))
              WITH ORDINALITY AS event (id, subject, aggregate, type, payload, position)
      ORDER BY position
         ON CONFLICT (id) DO NOTHING`,
    [
      events.map((event) => event.id),
      events.map((event) => event.subject),
      events.map((event) => event.aggregate),
      source,
      events.map((event) => event.type),
      JSON.stringify(Object.fromEntries(types.map((type) => [type, attributeHeaders({ ...shared, type })]))),
      `[${payloads.join()}]`,
    ],
  );
}

/** No character takes more bytes than so many: of nearly every event, its length tells that it is small enough. */
const MOST_BYTES_A_CHARACTER = 3;

function refuseTooLarge(event: OutgoingEvent, payload: string, context: Omit<Envelope, "id" | "type">): void {
  if (payload.length * MOST_BYTES_A_CHARACTER < EVENT_LIMIT_BYTES / 2) return;
  const { id, type, subject, aggregate } = event;
  const headers = toHeaders({ ...context, id, type, subject: aggregate });
  const bytes = Buffer.byteLength(payload) + Buffer.byteLength(JSON.stringify(headers));
  if (bytes <= EVENT_LIMIT_BYTES) return;
  throw new EventTooLargeError(`event ${subject} (${id}) has ${bytes} bytes; the limit is ${EVENT_LIMIT_BYTES}`);
}

/**
 * Claims the next waiting events of one source for the rest of the transaction, oldest first, those behind `after`; none
 * while another process is relaying that source. An event waits while an earlier one of its aggregate does that another
 * source emitted.
 *
 * How many events wait is nothing that the planner's statistics know: they are thousands now and none a second later.
 * The question is therefore put so that one plan alone needs no sort, whatever the statistics say: it walks
 * `outbox_waiting` in order and probes `outbox_waiting_aggregate` per event. (`BETWEEN` in place of `=`, since an
 * order by what is constant is dropped, and then any index on the position would do.)
 */
export async function claimWaiting(sql: Queryable, source: string, limit: number, after = 0): Promise<OutboxMessage[]> {
  const lock = await sql.query<{ mine: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended('vigia.outbox:' || $1, 0)) AS mine,
            set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`,
    [source],
  );
  if (!lock.rows[0]?.mine) return [];
  const { rows } = await sql.query<OutboxMessage>(
    `SELECT position, ctid::text AS place, id, subject, aggregate, headers, payload::text AS body
       FROM vigia.outbox AS mine
      WHERE source BETWEEN $1 AND $1 AND position > $3 AND relayed_at IS NULL
        AND (SELECT earlier.position FROM vigia.outbox AS earlier
              WHERE hashtext(earlier.aggregate) BETWEEN hashtext(mine.aggregate) AND hashtext(mine.aggregate)
                AND earlier.relayed_at IS NULL AND earlier.position < mine.position
                AND earlier.aggregate = mine.aggregate AND earlier.source <> mine.source
              ORDER BY hashtext(earlier.aggregate), earlier.position LIMIT 1) IS NULL
      ORDER BY source, position
      LIMIT $2`,
    [source, limit, after],
  );
  return rows.map(({ headers, ...row }) => ({
    ...row,
    // The aggregate is what an event is about: who consumes it keeps the order within it.
    headers: Object.assign(beginHeaders({ id: row.id, source, subject: row.aggregate }), headers),
  }));
}

/** Whether an event of this source waits, for whatever reason. Reads the first entry of `outbox_waiting`. */
export async function isAnyWaiting(sql: Queryable, source: string): Promise<boolean> {
  const { rows } = await sql.query(
    `SELECT FROM vigia.outbox WHERE source BETWEEN $1 AND $1 AND relayed_at IS NULL ORDER BY source, position LIMIT 1`,
    [source],
  );
  return rows.length > 0;
}

/**
 * Notes claimed events as relayed, in the transaction that claimed them. One whose row was moved in the meantime stays as
 * it is, and is relayed again under its id: by its place alone, another that lies there now could be taken for it.
 */
export async function markRelayed(
  sql: Queryable,
  events: readonly Pick<OutboxMessage, "place" | "position">[],
): Promise<void> {
  await sql.query(
    `UPDATE vigia.outbox AS mine SET relayed_at = now()
       FROM unnest($1::tid[], $2::bigint[]) AS told (place, position)
      WHERE mine.ctid = told.place AND mine.position = told.position`,
    [events.map(({ place }) => place), events.map(({ position }) => position)],
  );
}
