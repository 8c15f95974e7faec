import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const deadLettersOpen: Check = {
  code: "DEAD_LETTERS_OPEN",
  severity: "high",
  meaning: "messages to the consumer were given up, and nobody has dealt with them",
  why: "What they asked for or told has had no effect.",
  remedy: "Read the reason, end its cause, and replay them: `vigia deadletters list`, then `vigia deadletters replay`.",
  entityType: "consumer",
  graceSeconds: 0,
  inhibits: [],
  // Reads through `dead_letters_open`.
  query: () => sql`
    SELECT consumer AS entity_id,
           jsonb_build_object('oldest', min(at), 'reason', (array_agg(reason ORDER BY at))[1]) AS evidence
      FROM vigia.dead_letters
     WHERE resolved_at IS NULL
     GROUP BY consumer`,
};
