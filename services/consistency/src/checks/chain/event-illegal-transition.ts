import { ESCROW_STATUSES, ESCROW_TRANSITIONS } from "@vigia/messages";
import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

const LEGAL = ESCROW_STATUSES.flatMap((from) => ESCROW_TRANSITIONS[from].map((to) => `${from} → ${to}`));

export const eventIllegalTransition: Check = {
  code: "EVENT_ILLEGAL_TRANSITION",
  severity: "high",
  meaning: "a log led the escrow from a state to one that cannot follow it",
  why: "Either the contract does what nobody agreed to, or its profile misreads it.",
  remedy:
    "Read the escrow's transactions. If the contract is right, correct the profile's `leadsTo`; if not, stop trading on it.",
  entityType: "escrow",
  graceSeconds: 0,
  inhibits: [],
  query: ({ among }) => sql`
    SELECT concat_ws(':', t.chain_id, t.contract, t.escrow_id) AS entity_id,
           jsonb_build_object('orderId', e.order_id, 'steps',
                              jsonb_agg(t.from_status || ' → ' || t.to_status || ' in block ' || t.block_number
                                        ORDER BY t.id)) AS evidence
      FROM vigia.escrow_transitions AS t
      LEFT JOIN vigia.escrows AS e
        ON e.chain_id = t.chain_id AND e.contract = t.contract AND e.escrow_id = t.escrow_id
     WHERE ${among.escrows(sql`t`)} AND t.source = 'event' AND t.from_status || ' → ' || t.to_status <> ALL(${LEGAL})
     GROUP BY t.chain_id, t.contract, t.escrow_id, e.order_id`,
};
