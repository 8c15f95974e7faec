import type { Among } from "../../among.ts";
import type { Check } from "../../check.ts";
import { fromBlockOf, readAgain } from "../../heal/resync.ts";
import { type Sql, sql } from "../../sql.ts";
import { ESCROW_ID } from "../trades.ts";

export const dbEscrowNotCanonical: Check = {
  code: "DB_ESCROW_NOT_CANONICAL",
  severity: "critical",
  meaning: "the escrow's row says that it comes from a block in which no log of it is on record",
  why: "The row may tell of a fork that is gone, and the order of money that is not there.",
  remedy: "Resync from the block that the row names: `vigia resync --from <block>`. Until then let nobody pay.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: ["AMOUNT_MISMATCH", "TOKEN_MISMATCH", "PARTY_MISMATCH"],
  heal: readAgain("the blocks from the one that the row names", (found) => fromBlockOf(found, found.evidence.block)),
  query: ({ among }) => sql`
    ${withoutLog(among, sql`e.created_block`, sql`true`)}
    UNION ALL
    ${withoutLog(among, sql`e.updated_block`, sql`l.log_index = e.updated_log`)} AND e.status_source = 'event'`,
};

/** Escrows of whose block there is no such log. An anti-join of their primary key with `chain_logs_escrow`. */
function withoutLog(among: Among, block: Sql, place: Sql): Sql {
  return sql`
    SELECT ${ESCROW_ID} AS entity_id,
           jsonb_build_object('orderId', e.order_id, 'escrowStatus', e.status, 'block', ${block}) AS evidence
      FROM vigia.escrows AS e
     WHERE ${among.escrows(sql`e`)} AND NOT EXISTS (SELECT 1 FROM vigia.chain_logs AS l
                        WHERE l.chain_id = e.chain_id AND l.contract = e.contract AND l.escrow_id = e.escrow_id
                          AND l.block_number = ${block} AND ${place})`;
}
