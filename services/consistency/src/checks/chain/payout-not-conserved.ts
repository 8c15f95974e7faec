import { ESCROW_STATUSES, LIVE_ESCROW_STATUSES } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { ESCROW_ID, escrowIs } from "../trades.ts";

const ENDED = ESCROW_STATUSES.filter((status) => !LIVE_ESCROW_STATUSES.includes(status));

export const payoutNotConserved: Check = {
  code: "PAYOUT_NOT_CONSERVED",
  severity: "critical",
  meaning: "the escrow has ended, but not all that it took in has gone out",
  why: "Money of a party stays in the contract, where nothing leads it out any more.",
  remedy:
    "Compare the escrow's deposit and payout on the chain. If the contract kept a part, tell the party and its maker.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT ${ESCROW_ID} AS entity_id,
           jsonb_build_object('orderId', e.order_id, 'escrowStatus', e.status, 'amount', e.amount::text,
                              'left', e.balance::text) AS evidence
      FROM vigia.escrows AS e
     WHERE ${escrowIs(...ENDED)} AND e.balance <> 0 AND ${among.escrows(sql`e`)}`,
};
