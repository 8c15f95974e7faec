import type { Check } from "../../check.ts";
import { fromLog, readAgain } from "../../heal/resync.ts";
import { sql } from "../../sql.ts";
import { ITS_ESCROW, LOG_FACTS, LOG_ID } from "../logs.ts";

export const eventOrphaned: Check = {
  code: "EVENT_ORPHANED",
  severity: "high",
  meaning: "the log is on record with a block that is not of the chain as it was followed",
  why: "What it told has not happened, and an order may have moved because of it.",
  remedy: "Resync from the log's block: `vigia resync --from <block>`. If it comes again, look at the endpoints.",
  entityType: "log",
  graceSeconds: 0,
  inhibits: ["EVENT_DUPLICATE", "EVENT_UNAPPLIED", "CHAIN_ESCROW_UNKNOWN", "DB_ESCROW_NOT_CANONICAL"],
  heal: readAgain("the blocks from the log's", fromLog),
  // Reads the few blocks that are remembered, and through the logs' primary key those of the same number, or above.
  query: () => sql`
    SELECT ${LOG_ID} AS entity_id,
           jsonb_build_object(${LOG_FACTS}, 'block', l.block_number, 'recordedHash', l.block_hash,
                              'followedHash', b.hash) AS evidence
      FROM vigia.chain_blocks AS b
      JOIN vigia.chain_logs AS l
        ON l.chain_id = b.chain_id AND l.block_number = b.number AND l.contract = b.contract AND l.block_hash <> b.hash
      LEFT JOIN ${ITS_ESCROW}
    UNION ALL
    SELECT ${LOG_ID} AS entity_id,
           jsonb_build_object(${LOG_FACTS}, 'block', l.block_number, 'recordedHash', l.block_hash,
                              'followedHash', NULL) AS evidence
      FROM vigia.chain_cursors AS c
      JOIN vigia.chain_logs AS l
        ON l.chain_id = c.chain_id AND l.block_number > c.block_number AND l.contract = c.contract
      LEFT JOIN ${ITS_ESCROW}`,
};
