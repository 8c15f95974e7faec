import type { Check } from "../../check.ts";
import { blockOfLog } from "../../heal/resync.ts";
import { sql } from "../../sql.ts";
import { ITS_ESCROW, LOG_FACTS, LOG_ID } from "../logs.ts";

export const eventUnapplied: Check = {
  code: "EVENT_UNAPPLIED",
  severity: "high",
  meaning: "the log is on record, but its escrow's row does not know of it yet",
  why: "The row shows an earlier state than the chain, and the order waits for it.",
  remedy: "Resync the log's block: `vigia resync --from <block> --to <block>` applies it.",
  entityType: "log",
  graceSeconds: 600,
  givesSince: true,
  inhibits: ["PAYOUT_NOT_CONSERVED", "DISPUTE_ESCROW_NOT_DISPUTED", "DISPUTE_RULED_ESCROW_OPEN"],
  heal: blockOfLog,
  // A state that was read counts all logs of its block in. One join of `chain_logs_escrow` with the escrows' key.
  query: ({ among }) => sql`
    SELECT ${LOG_ID} AS entity_id, jsonb_build_object(${LOG_FACTS}, 'block', l.block_number) AS evidence,
           l.recorded_at AS since
      FROM vigia.chain_logs AS l
      JOIN ${ITS_ESCROW}
     WHERE ${among.escrows(sql`l`)}
       AND (l.block_number > e.updated_block
            OR (l.block_number = e.updated_block AND e.status_source = 'event' AND l.log_index > e.updated_log))`,
};
