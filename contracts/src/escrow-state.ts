/** The contract's own names of its states: `escrowOf` returns an index into this list. */
export const ESCROW_STATES = [
  "None",
  "PendingDeposit",
  "Funded",
  "Locked",
  "Released",
  "Refunded",
  "CancelledByBuyer",
  "CancelledBySeller",
  "Disputed",
  "ResolvedBuyer",
  "ResolvedSeller",
  "Split",
] as const;

export type EscrowState = (typeof ESCROW_STATES)[number];
