/** The checks that compare an order with what the chain is known to say: what they find is late news where it is not read. */
export const FOLLOWING_CHAIN: readonly string[] = [
  "ORDER_ESCROW_MISSING",
  "DEPOSIT_PENDING_STUCK",
  "PAYOUT_PENDING_STUCK",
  "PAYMENT_SENT_ESCROW_NOT_LOCKED",
  "ORDER_COMPLETED_ESCROW_OPEN",
  "ORDER_CANCELLED_ESCROW_FUNDED",
];
