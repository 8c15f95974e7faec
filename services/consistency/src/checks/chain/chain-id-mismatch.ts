import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { untruthfulEndpoints } from "./endpoint-untruths.ts";

export const chainIdMismatch: Check = {
  code: "CHAIN_ID_MISMATCH",
  severity: "critical",
  meaning: "the endpoint serves another chain than the one that is configured",
  why: "Nothing of it is written; where no other endpoint is left, nothing is followed at all.",
  remedy: "Correct `CHAIN_RPC_URL`, `RPC_URLS` or `CHAIN_ID`, and restart chain-sync.",
  entityType: "endpoint",
  graceSeconds: 0,
  inhibits: ["RPC_DISAGREEMENT"],
  query: ({ now }) => untruthfulEndpoints(now, sql`u.kind = 'other_chain'`),
};
