import type { Check } from "../../check.ts";
import { fromBlockOf, readAgain } from "../../heal/resync.ts";
import { sql } from "../../sql.ts";

export const chainEscrowUnknown: Check = {
  code: "CHAIN_ESCROW_UNKNOWN",
  severity: "critical",
  meaning: "the contract's logs tell of the escrow, but it has no row",
  why: "Money in the contract that no other check watches, and no order is moved by.",
  remedy: "Resync from the escrow's first block: `vigia resync --from <firstBlock>`.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: ["ORDER_ESCROW_MISSING", "DEPOSIT_PENDING_STUCK"],
  // Who has a log in a block that is read again is built from all of its logs.
  heal: readAgain("the block of the escrow's first log", (found) => {
    const from = fromBlockOf(found, found.evidence.firstBlock);
    return from && { ...from, toBlock: from.fromBlock };
  }),
  // An anti-join of `chain_logs_escrow` with the escrows' primary key. The row is written with its logs, never later.
  query: ({ among }) => sql`
    SELECT concat_ws(':', l.chain_id, l.contract, l.escrow_id) AS entity_id,
           jsonb_build_object('orderId', (SELECT min(o.id::text) FROM marketplace.orders AS o
                                           WHERE o.trade_key = l.escrow_id AND o.chain_id = l.chain_id),
                              'firstBlock', min(l.block_number), 'lastBlock', max(l.block_number)) AS evidence
      FROM vigia.chain_logs AS l
     WHERE l.escrow_id IS NOT NULL AND ${among.escrows(sql`l`)}
       AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS e
                        WHERE e.chain_id = l.chain_id AND e.contract = l.contract AND e.escrow_id = l.escrow_id)
     GROUP BY l.chain_id, l.contract, l.escrow_id`,
};
