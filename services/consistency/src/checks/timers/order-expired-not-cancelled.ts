import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";
import { orderIs, WITHOUT_ESCROW } from "../trades.ts";

export const orderExpiredNotCancelled: Check = {
  code: "ORDER_EXPIRED_NOT_CANCELLED",
  severity: "medium",
  meaning: "the order's time has long passed without a deposit, and it was not ended",
  why: "Its offer stays open and misleads both parties.",
  remedy: "See whether the clean-up ran, and run it: `vigia trigger cleanup.expire-orders`.",
  entityType: "order",
  // The clean-up comes every hour, and may miss one.
  graceSeconds: 7_200,
  inhibits: [],
  query: ({ settled }) => sql`
    SELECT o.id AS entity_id, jsonb_build_object('orderId', o.id, 'expiresAt', o.expires_at) AS evidence
      FROM marketplace.orders AS o
     WHERE ${orderIs("created")} AND o.expires_at <= ${settled}
       AND vigia.expiry_after_downtimes(o.expires_at) <= ${settled} AND o.deposit_tx IS NULL AND ${WITHOUT_ESCROW}`,
};
