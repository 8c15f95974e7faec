import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ORDER_ID, trades } from "../trades.ts";

export const chainMismatch: Check = {
  code: "CHAIN_OR_CONTRACT_MISMATCH",
  severity: "critical",
  meaning: "the escrow is on another chain than its order",
  why: "The order waits for money on a chain on which there is none.",
  remedy: "Correct the order's chain if it was written wrongly; else have the escrow cancelled on its own chain.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: ["TOKEN_MISMATCH"],
  query: () =>
    trades({
      entityId: ORDER_ID,
      where: sql`o.chain_id <> e.chain_id`,
      evidence: sql`'orderChain', o.chain_id, 'escrowChain', e.chain_id`,
    }),
};
