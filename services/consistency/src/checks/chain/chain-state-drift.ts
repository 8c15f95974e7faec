import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { escrowReadings } from "./readings.ts";

export const chainStateDrift: Check = {
  code: "CHAIN_STATE_DRIFT",
  severity: "critical",
  meaning: "the escrow's row differed from the contract, although its events had told what the contract says",
  why: "Somebody wrote the row, or an event was not applied; an order may have moved because of it.",
  remedy:
    "The row was corrected, unless the contract does not have the escrow. Find out who else writes to `vigia.escrows`; resync from the escrow's first block.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: ["CHAIN_SILENT_TRANSITION"],
  query: ({ now }) => escrowReadings(now, sql`(r.told OR r.status = 'absent')`),
};
