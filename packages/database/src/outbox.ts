import { context as active, propagation } from "@opentelemetry/api";
import { type Envelope, EVENT_LIMIT_BYTES, type Headers, type OutgoingEvent, toHeaders } from "@vigia/messages";
import type { Queryable } from "./queryable.ts";

/** Who emits, and because of which message. */
export interface EventContext {
  readonly source: string;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

export interface OutboxMessage {
  readonly position: number;
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
  const time = new Date().toISOString();
  // Who handles an event finds the trace of what emitted it, whenever that is.
  const trace: Pick<Envelope, "traceparent" | "tracestate"> = {};
  propagation.inject(active.active(), trace);
  const headers = events.map((event) =>
    // The aggregate is what an event is about: who consumes it keeps the order within it.
    JSON.stringify(toHeaders({ ...context, ...trace, id: event.id, type: event.type, time, subject: event.aggregate })),
  );
  const payloads = events.map((event) => JSON.stringify(event.data));
  for (const [index, { subject, id }] of events.entries()) {
    const bytes = Buffer.byteLength(payloads[index] ?? "") + Buffer.byteLength(headers[index] ?? "");
    if (bytes <= EVENT_LIMIT_BYTES) continue;
    throw new EventTooLargeError(`event ${subject} (${id}) has ${bytes} bytes; the limit is ${EVENT_LIMIT_BYTES}`);
  }
  await sql.query(
    `INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload)
     SELECT id, subject, $3, aggregate, headers::jsonb, payload::jsonb
       FROM unnest($1::text[], $2::text[], $4::text[], $5::text[], $6::text[])
              WITH ORDINALITY AS event (id, subject, aggregate, headers, payload, position)
      ORDER BY position
         ON CONFLICT (id) DO NOTHING`,
    [
      events.map((event) => event.id),
      events.map((event) => event.subject),
      context.source,
      events.map((event) => event.aggregate),
      headers,
      payloads,
    ],
  );
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
  const { rows } = await sql.query<Omit<OutboxMessage, "body"> & { payload: unknown }>(
    `SELECT position, id, subject, aggregate, headers, payload
       FROM vigia.outbox AS mine
      WHERE source BETWEEN $1 AND $1 AND position > $3 AND relayed_at IS NULL
        AND (SELECT earlier.position FROM vigia.outbox AS earlier
              WHERE earlier.aggregate BETWEEN mine.aggregate AND mine.aggregate AND earlier.relayed_at IS NULL
                AND earlier.position < mine.position AND earlier.source <> mine.source
              ORDER BY earlier.aggregate, earlier.position LIMIT 1) IS NULL
      ORDER BY source, position
      LIMIT $2`,
    [source, limit, after],
  );
  return rows.map(({ payload, ...message }) => ({ ...message, body: JSON.stringify(payload) }));
}

export async function markRelayed(sql: Queryable, positions: readonly number[]): Promise<void> {
  await sql.query(`UPDATE vigia.outbox SET relayed_at = now() WHERE position = ANY($1::bigint[])`, [positions]);
}
