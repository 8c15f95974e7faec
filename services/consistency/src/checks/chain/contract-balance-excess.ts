import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { balances } from "./balances.ts";

export const contractBalanceExcess: Check = {
  code: "CONTRACT_BALANCE_EXCESS",
  severity: "low",
  meaning: "the contract holds more of the token than its live escrows are owed",
  why: "Somebody may have sent money past the escrow, and waits for it; or fees pile up.",
  remedy: "Find the transfers that no escrow's log explains. Acknowledge it where the contract keeps fees.",
  entityType: "contract",
  graceSeconds: 0,
  inhibits: [],
  query: () => balances(sql`b.held > b.owed`),
};
