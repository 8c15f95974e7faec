import { STREAMS } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

/** Those who tell users, and of which events: each notes an event as handled with the messages that it led to. */
const TELLERS = [
  ["notifications-orders", "vigia.event.order.%"],
  ["notifications-disputes", "vigia.event.dispute.%"],
] as const;

export const notificationMissing: Check = {
  code: "NOTIFICATION_MISSING",
  severity: "medium",
  meaning: "the order or its dispute moved, and a quarter of an hour later nobody has seen to telling its parties",
  why: "A party does not know that it is their turn, and runs out of time.",
  remedy: "See whether the notifications service runs; it tells what waits as soon as it does.",
  entityType: "order",
  graceSeconds: 900,
  inhibits: [],
  // As long as the bus keeps an event, it can still be told, and it is known whether it was. What was given up is a dead
  // letter. Reads through `outbox_relayed` and the handled messages' primary key.
  query: ({ now, settled }) => sql`
    SELECT event.payload->>'orderId' AS entity_id,
           jsonb_build_object('orderId', event.payload->>'orderId', 'event', event.subject,
                              'toldAt', event.relayed_at) AS evidence
      FROM vigia.outbox AS event
      JOIN unnest(${TELLERS.map(([consumer]) => consumer)}::text[], ${TELLERS.map(([, subject]) => subject)}::text[])
             AS teller (consumer, subject) ON event.subject LIKE teller.subject
     WHERE event.relayed_at <= ${settled} AND event.relayed_at > ${new Date(now.getTime() - STREAMS.events.maxAgeMs)}
       AND NOT EXISTS (SELECT 1 FROM vigia.handled_messages AS handled
                        WHERE handled.consumer = teller.consumer AND handled.message_id = event.id)
       AND NOT EXISTS (SELECT 1 FROM vigia.dead_letters AS letter
                        WHERE letter.consumer = teller.consumer AND letter.message_id = event.id)`,
};
