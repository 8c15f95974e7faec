import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { escrowReadings } from "./readings.ts";

export const chainSilentTransition: Check = {
  code: "CHAIN_SILENT_TRANSITION",
  severity: "high",
  meaning: "the contract changed the escrow, and no event told it",
  why: "The parties learnt of it only when the state was read, which is up to an hour later.",
  remedy:
    "The row was corrected. If the contract is meant to do this, snooze the check's issues; if not, read its code before the next trade.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: [],
  query: ({ now }) => escrowReadings(now, sql`NOT r.told AND r.status <> 'absent'`),
};
