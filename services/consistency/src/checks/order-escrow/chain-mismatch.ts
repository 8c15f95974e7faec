import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ORDER_ID, trades } from "../trades.ts";

export const chainMismatch: Check = {
  code: "CHAIN_OR_CONTRACT_MISMATCH",
  severity: "critical",
  meaning: "the escrow is on another chain than its order",
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
