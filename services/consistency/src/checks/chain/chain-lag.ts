import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { CONTRACT_ID } from "../logs.ts";
import { FOLLOWING_CHAIN } from "./following-chain.ts";

const MAX_LAG_BLOCKS = 50;

export const chainLag: Check = {
  code: "CHAIN_LAG",
  severity: "high",
  meaning: "the contract is more than 50 blocks behind where it is meant to be, or was not looked at for ten minutes",
  why: "Deposits, releases and disputes are not seen; what the other checks say of this chain may be late.",
  remedy: "See whether chain-sync runs, and what its last run failed with: `vigia runs --task chain-sync.sync`.",
  entityType: "contract",
  graceSeconds: 600,
  inhibits: FOLLOWING_CHAIN,
  query: ({ settled }) => sql`
    SELECT ${CONTRACT_ID} AS entity_id,
           jsonb_build_object('contract', c.contract, 'stoppedAt', CASE WHEN c.updated_at <= ${settled}
                                                                        THEN c.updated_at END) AS evidence
      FROM vigia.chain_cursors AS c
     WHERE c.updated_at <= ${settled} OR c.lag_blocks > ${MAX_LAG_BLOCKS}`,
};
