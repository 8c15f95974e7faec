import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const contractChanged: Check = {
  code: "CONTRACT_CHANGED",
  severity: "critical",
  meaning: "the contract's code, or the one that it hands calls on to, is another than it was",
  why: "What was true of the contract may not be any more: who can take money out, and what its events mean.",
  remedy: "Stop new trades on it until somebody has read the new code and its profile; then acknowledge.",
  entityType: "contract",
  graceSeconds: 0,
  inhibits: [],
  // A few rows for each address. Each change is a finding of its own, which time does not undo: somebody must have looked.
  query: () => sql`
    SELECT concat_ws(':', chain_id, address, block_number) AS entity_id,
           jsonb_build_object('contract', address, 'seenAtBlock', block_number,
                              'itsOwnCodeChanged', code_digest <> code_before,
                              'implementation', jsonb_build_object('from', implementation_before,
                                                                   'to', implementation)) AS evidence
      FROM (SELECT c.*, lag(code_digest) OVER changes AS code_before,
                   lag(implementation) OVER changes AS implementation_before
              FROM vigia.contract_codes AS c
            WINDOW changes AS (PARTITION BY chain_id, contract, address ORDER BY block_number)) AS seen
     WHERE code_before IS NOT NULL`,
};
