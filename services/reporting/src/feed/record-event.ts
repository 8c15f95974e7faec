import { STREAMS } from "@vigia/messages";
import { defineConsumer, type EventConsumer } from "@vigia/runtime";
import { z } from "zod";
import { noteOutcome } from "../actions/record.ts";

/** The feed shows what was said, also by a newer version of a service: any JSON object is an event. */
const anyEvent = { filter: STREAMS.events.subjects[0], schema: z.record(z.string(), z.unknown()) };

/**
 * Writes every event to the feed, and what one tells of a command to the record of actions. How long it stays in the
 * feed is for the clean-up to say.
 */
export const recordEvent: EventConsumer = defineConsumer(
  "reporting-feed",
  anyEvent,
  async ({ envelope, subject, data, tx }) => {
    await tx.query(
      `INSERT INTO vigia.event_feed (id, subject, source, payload, at)
       VALUES ($1, $2, $3, $4::jsonb, $5)
           ON CONFLICT (id) DO NOTHING`,
      [envelope.id, subject, envelope.source, JSON.stringify(data), envelope.time],
    );
    await noteOutcome(tx, subject, data);
  },
);
