import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { balances } from "./balances.ts";

export const contractBalanceShort: Check = {
  code: "CONTRACT_BALANCE_SHORT",
  severity: "critical",
  meaning: "the contract holds less of the token than its live escrows are owed",
  why: "Whoever is paid last gets nothing.",
  remedy:
    "Stop new trades on this contract now. Look for a withdrawal by its owner, a token that takes a fee, or an exploit.",
  entityType: "contract",
  graceSeconds: 0,
  inhibits: [],
  query: () => balances(sql`b.held < b.owed`),
};
