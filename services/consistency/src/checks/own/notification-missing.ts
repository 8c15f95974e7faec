import { STREAMS } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { type Sql, sql, textOf } from "../../sql.ts";

const GRACE_SECONDS = 900;

/** Those who tell users, and of which events: each notes an event as handled with the messages that it led to. */
const TELLERS = [
  ["notifications-orders", "vigia.event.order.%"],
  ["notifications-disputes", "vigia.event.dispute.%"],
] as const;

/**
 * Events that have been with the bus since `settled`, and that their teller has not seen to. As long as the bus keeps an
 * event, it can still be told, and it is known whether it was. What was given up is a dead letter. Reads through
 * `outbox_relayed` and the handled messages' primary key.
 */
const untold = (now: Date, settled: Date): Sql => sql`
    FROM vigia.outbox AS event
    JOIN unnest(${TELLERS.map(([consumer]) => consumer)}::text[], ${TELLERS.map(([, subject]) => subject)}::text[])
             AS teller (consumer, subject) ON event.subject LIKE teller.subject
   WHERE event.relayed_at <= ${settled} AND event.relayed_at > ${new Date(now.getTime() - STREAMS.events.maxAgeMs)}
     AND NOT EXISTS (SELECT 1 FROM vigia.handled_messages AS handled
                        WHERE handled.consumer = teller.consumer AND handled.message_id = event.id)
     AND NOT EXISTS (SELECT 1 FROM vigia.dead_letters AS letter
                        WHERE letter.consumer = teller.consumer AND letter.message_id = event.id)`;

export const notificationMissing: Check = {
  code: "NOTIFICATION_MISSING",
  severity: "medium",
  meaning: "the order or its dispute moved, and a quarter of an hour later nobody has seen to telling its parties",
  why: "A party does not know that it is their turn, and runs out of time.",
  remedy: "See whether the notifications service runs; it tells what waits as soon as it does.",
  entityType: "order",
  graceSeconds: GRACE_SECONDS,
  inhibits: [],
  heal: {
    does: "the bus is told the order's events again, under the same ids; the notifications service tells each once",
    async plan({ evidence: { eventIds } }, view) {
      const now = new Date();
      const query = sql`SELECT DISTINCT event.id ${untold(now, new Date(now.getTime() - GRACE_SECONDS * 1_000))} AND event.id = ANY(${eventIds}::text[])`;
      const { rows } = await view.query<{ id: string }>(textOf(query), query.values);
      return rows.length > 0 ? { tellsAgain: rows.map(({ id }) => id) } : undefined;
    },
  },
  query: ({ now, settled }) => sql`
    SELECT event.payload->>'orderId' AS entity_id,
           jsonb_build_object('orderId', event.payload->>'orderId', 'toldAt', min(event.relayed_at),
                              'event', (array_agg(event.subject ORDER BY event.position))[1],
                              'eventIds', jsonb_agg(DISTINCT event.id)) AS evidence
    ${untold(now, settled)}
     GROUP BY event.payload->>'orderId'`,
};
