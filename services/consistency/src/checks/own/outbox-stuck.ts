import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const outboxStuck: Check = {
  code: "OUTBOX_STUCK",
  severity: "high",
  meaning: "an event of the service has waited for the bus for more than five minutes",
  why: "Nobody hears of what this service does: no user is told, and no page shows it.",
  remedy: "See whether the service and NATS run. Once both do, the events go out by themselves, in order.",
  entityType: "service",
  graceSeconds: 300,
  inhibits: [],
  // One finding for each service: what waits behind the oldest waits because of it. Reads through `outbox_waiting`.
  query: ({ settled }) => sql`
    SELECT source AS entity_id,
           jsonb_build_object('oldest', (array_agg(subject ORDER BY position))[1], 'waitingSince', min(created_at)) AS evidence
      FROM vigia.outbox
     WHERE relayed_at IS NULL AND created_at <= ${settled}
     GROUP BY source`,
};
