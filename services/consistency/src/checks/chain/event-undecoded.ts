import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const eventUndecoded: Check = {
  code: "EVENT_UNDECODED",
  severity: "medium",
  meaning: "the contract emits an event that its profile cannot read",
  why: "It may move money, and then the rows do not follow.",
  remedy:
    "Find the event in the contract's ABI by its first topic, and add it to the profile; then resync from its block.",
  entityType: "event",
  graceSeconds: 0,
  inhibits: [],
  // One finding for each kind of event, whatever the number of its logs. Reads through `chain_logs_escrow`.
  query: () => sql`
    SELECT concat_ws(':', l.chain_id, l.contract, l.event) AS entity_id,
           jsonb_build_object('firstBlock', min(l.block_number)) AS evidence
      FROM vigia.chain_cursors AS c
      JOIN vigia.chain_logs AS l ON l.chain_id = c.chain_id AND l.contract = c.contract AND l.escrow_id IS NULL
     WHERE l.event LIKE '0x%'
     GROUP BY l.chain_id, l.contract, l.event`,
};
