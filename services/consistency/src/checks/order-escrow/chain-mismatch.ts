import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ORDER_ID, trades } from "../trades.ts";

export const chainMismatch: Check = {
  code: "CHAIN_OR_CONTRACT_MISMATCH",
  severity: "critical",
  meaning: "the escrow is on another chain than its order, or on a contract that is not followed",
  why: "The order waits for money where there is none, or where nobody looks.",
  remedy:
    "Correct the order's chain if it was written wrongly; else have the escrow cancelled on its own chain. No row of a contract that is not followed comes from chain-sync: find out who wrote it.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: ["TOKEN_MISMATCH"],
  query: ({ among }) =>
    trades(among, {
      entityId: ORDER_ID,
      // A contract is known by its cursor, from before the first of its logs is read.
      where: sql`(o.chain_id <> e.chain_id
                  OR NOT EXISTS (SELECT 1 FROM vigia.chain_cursors AS c
                                  WHERE c.chain_id = e.chain_id AND c.contract = e.contract))`,
      evidence: sql`'orderChain', o.chain_id, 'escrowChain', e.chain_id, 'contract', e.contract`,
    }),
};
