import type { Check } from "../../check.ts";
import { blockOfLog } from "../../heal/resync.ts";
import { sql } from "../../sql.ts";

export const eventMissing: Check = {
  code: "EVENT_MISSING",
  severity: "critical",
  meaning: "the receipts of a followed block hold the log, and the record does not",
  why: "Its escrow's row, and the order that follows it, are wrong without it.",
  remedy: "Resync its block: `vigia resync --from <block> --to <block>`. Then find out which endpoint left it out.",
  entityType: "log",
  graceSeconds: 0,
  inhibits: ["CHAIN_STATE_DRIFT", "CHAIN_SILENT_TRANSITION", "DB_ESCROW_NOT_CANONICAL", "ORDER_ESCROW_MISSING"],
  heal: blockOfLog,
  // It ends when the record of its block is made anew. The table holds no other logs.
  query: () => sql`
    SELECT concat_ws(':', m.chain_id, m.block_number, m.log_index) AS entity_id,
           jsonb_build_object('orderId', (SELECT min(o.id::text) FROM marketplace.orders AS o
                                           WHERE o.trade_key = m.escrow_id AND o.chain_id = m.chain_id),
                              'escrow', CASE WHEN m.escrow_id IS NOT NULL
                                             THEN concat_ws(':', m.chain_id, m.contract, m.escrow_id) END,
                              'event', m.event, 'transaction', m.transaction_hash, 'block', m.block_number) AS evidence
      FROM vigia.missing_logs AS m`,
};
