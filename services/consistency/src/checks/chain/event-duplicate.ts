import type { Check } from "../../check.ts";
import { fromBlockOf, readAgain } from "../../heal/resync.ts";
import { sql } from "../../sql.ts";

export const eventDuplicate: Check = {
  code: "EVENT_DUPLICATE",
  severity: "high",
  meaning: "logs of the transaction are on record in more than one block, though it can be in one alone",
  why: "What the transaction did counts twice in its escrow's balance and history.",
  remedy: "Resync from the lower of its blocks: `vigia resync --from <block>`. The chain tells which one stays.",
  entityType: "transaction",
  graceSeconds: 0,
  inhibits: ["PAYOUT_NOT_CONSERVED"],
  heal: readAgain("the blocks from the lower one of the transaction's", (found) => {
    const { contract, blocks } = found.evidence;
    const from = fromBlockOf(found, Math.min(...[blocks].flat().map(Number)));
    return from && { ...from, contract: typeof contract === "string" ? contract : undefined };
  }),
  deep: true,
  query: () => sql`
    SELECT concat_ws(':', l.chain_id, l.transaction_hash) AS entity_id,
           jsonb_build_object('orderId', min(e.order_id::text),
                              'escrow', min(concat_ws(':', l.chain_id, l.contract, l.escrow_id)),
                              'contract', min(l.contract),
                              'blocks', jsonb_agg(DISTINCT l.block_number)) AS evidence
      FROM vigia.chain_logs AS l
      JOIN (SELECT chain_id, transaction_hash FROM vigia.chain_logs
             GROUP BY chain_id, transaction_hash HAVING min(block_hash) <> max(block_hash)) AS twice
        ON twice.chain_id = l.chain_id AND twice.transaction_hash = l.transaction_hash
      LEFT JOIN vigia.escrows AS e
        ON e.chain_id = l.chain_id AND e.contract = l.contract AND e.escrow_id = l.escrow_id
     GROUP BY l.chain_id, l.transaction_hash`,
};
