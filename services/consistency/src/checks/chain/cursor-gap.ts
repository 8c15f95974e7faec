import type { Check } from "../../check.ts";
import { fromBlockOf, readAgain } from "../../heal/resync.ts";
import { sql } from "../../sql.ts";
import { CONTRACT_ID } from "../logs.ts";
import { FOLLOWING_CHAIN } from "./following-chain.ts";

export const cursorGap: Check = {
  code: "CURSOR_GAP",
  severity: "critical",
  meaning: "the blocks that were followed do not lead up to the cursor one by one",
  why: "Logs in the hole were never read, and the next fork cannot be undone.",
  remedy: "Resync from the last block before the hole: `vigia resync --from <afterBlock>`.",
  entityType: "contract",
  graceSeconds: 0,
  inhibits: FOLLOWING_CHAIN,
  heal: readAgain("the blocks from the last one before the hole", (found) =>
    fromBlockOf(found, found.evidence.afterBlock),
  ),
  // Reads the few blocks that are remembered of each contract; after the last one comes what follows the cursor.
  query: () => sql`
    SELECT ${CONTRACT_ID} AS entity_id,
           jsonb_build_object('contract', c.contract, 'afterBlock', min(COALESCE(b.number, c.block_number))) AS evidence
      FROM vigia.chain_cursors AS c
      LEFT JOIN LATERAL (SELECT number, hash, lead(number) OVER upwards AS next, lead(parent_hash) OVER upwards AS parent
                           FROM vigia.chain_blocks
                          WHERE chain_id = c.chain_id AND contract = c.contract
                         WINDOW upwards AS (ORDER BY number)) AS b ON true
     WHERE c.block_hash IS NOT NULL
       AND (b.number IS NULL OR COALESCE(b.next, c.block_number + 1) <> b.number + 1
            OR COALESCE(b.parent, c.block_hash) <> b.hash)
     GROUP BY c.chain_id, c.contract`,
};
