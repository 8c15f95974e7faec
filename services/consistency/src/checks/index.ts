import type { Check, CheckFacts, RunCheck } from "../check.ts";
import { chainEscrowUnknown } from "./chain/chain-escrow-unknown.ts";
import { chainIdMismatch } from "./chain/chain-id-mismatch.ts";
import { chainLag } from "./chain/chain-lag.ts";
import { chainSilentTransition } from "./chain/chain-silent-transition.ts";
import { chainStateDrift } from "./chain/chain-state-drift.ts";
import { contractBalanceExcess } from "./chain/contract-balance-excess.ts";
import { contractBalanceShort } from "./chain/contract-balance-short.ts";
import { contractChanged } from "./chain/contract-changed.ts";
import { cursorGap } from "./chain/cursor-gap.ts";
import { dbEscrowNotCanonical } from "./chain/db-escrow-not-canonical.ts";
import { eventDuplicate } from "./chain/event-duplicate.ts";
import { eventIllegalTransition } from "./chain/event-illegal-transition.ts";
import { eventMissing } from "./chain/event-missing.ts";
import { eventOrphaned } from "./chain/event-orphaned.ts";
import { eventUnapplied } from "./chain/event-unapplied.ts";
import { eventUndecoded } from "./chain/event-undecoded.ts";
import { payoutNotConserved } from "./chain/payout-not-conserved.ts";
import { rpcDisagreement } from "./chain/rpc-disagreement.ts";
import { disputeBeforeFunding } from "./disputes/dispute-before-funding.ts";
import { disputeEscrowNotDisputed } from "./disputes/dispute-escrow-not-disputed.ts";
import { disputeFeeDeadlinePassed } from "./disputes/dispute-fee-deadline-passed.ts";
import { disputeMultipleOpen } from "./disputes/dispute-multiple-open.ts";
import { disputeOpenerNotParty } from "./disputes/dispute-opener-not-party.ts";
import { disputeOrderMissing } from "./disputes/dispute-order-missing.ts";
import { disputeOrderWrongState } from "./disputes/dispute-order-wrong-state.ts";
import { disputeReplay } from "./disputes/dispute-replay.ts";
import { disputeRuledEscrowOpen } from "./disputes/dispute-ruled-escrow-open.ts";
import { disputeStale } from "./disputes/dispute-stale.ts";
import { disputeWinnerMismatch } from "./disputes/dispute-winner-mismatch.ts";
import { orderDisputedNoDispute } from "./disputes/order-disputed-no-dispute.ts";
import { amountNotPositive } from "./hygiene/amount-not-positive.ts";
import { historyIllegalTransition } from "./hygiene/history-illegal-transition.ts";
import { selfTrade } from "./hygiene/self-trade.ts";
import { statusHistoryMismatch } from "./hygiene/status-history-mismatch.ts";
import { timestampsImpossible } from "./hygiene/timestamps-impossible.ts";
import { amountMismatch } from "./order-escrow/amount-mismatch.ts";
import { chainMismatch } from "./order-escrow/chain-mismatch.ts";
import { depositPendingStuck } from "./order-escrow/deposit-pending-stuck.ts";
import { escrowFundedOrderWaiting } from "./order-escrow/escrow-funded-order-waiting.ts";
import { escrowOrderMissing } from "./order-escrow/escrow-order-missing.ts";
import { escrowRefundedOrderOpen } from "./order-escrow/escrow-refunded-order-open.ts";
import { escrowReleasedOrderOpen } from "./order-escrow/escrow-released-order-open.ts";
import { escrowShared } from "./order-escrow/escrow-shared.ts";
import { orderCancelledEscrowFunded } from "./order-escrow/order-cancelled-escrow-funded.ts";
import { orderCompletedEscrowOpen } from "./order-escrow/order-completed-escrow-open.ts";
import { orderEscrowMissing } from "./order-escrow/order-escrow-missing.ts";
import { orderMultipleEscrows } from "./order-escrow/order-multiple-escrows.ts";
import { partyMismatch } from "./order-escrow/party-mismatch.ts";
import { paymentSentEscrowNotLocked } from "./order-escrow/payment-sent-escrow-not-locked.ts";
import { payoutPendingStuck } from "./order-escrow/payout-pending-stuck.ts";
import { tokenMismatch } from "./order-escrow/token-mismatch.ts";
import { canaryNotFound } from "./own/canary-not-found.ts";
import { checkIncomplete } from "./own/check-incomplete.ts";
import { checkNotRun } from "./own/check-not-run.ts";
import { deadLettersOpen } from "./own/dead-letters-open.ts";
import { notificationMissing } from "./own/notification-missing.ts";
import { outboxStuck } from "./own/outbox-stuck.ts";
import { replicaNotRead } from "./own/replica-not-read.ts";
import { orderExpiredNotCancelled } from "./timers/order-expired-not-cancelled.ts";
import { paymentWindowOverdue } from "./timers/payment-window-overdue.ts";
import { releaseOverdueNoDispute } from "./timers/release-overdue-no-dispute.ts";
import { systemCancelAfterPaymentSent } from "./timers/system-cancel-after-payment-sent.ts";
import { systemCancelDuringOutage } from "./timers/system-cancel-during-outage.ts";

export { ALL, amongChanged } from "../among.ts";
export { type Sql, textOf } from "../sql.ts";

/** The families of checks, each in the order in which their documentation lists them. */
export const FAMILIES = {
  "order-escrow": [
    orderEscrowMissing,
    escrowOrderMissing,
    orderMultipleEscrows,
    escrowShared,
    amountMismatch,
    tokenMismatch,
    partyMismatch,
    chainMismatch,
    orderCancelledEscrowFunded,
    orderCompletedEscrowOpen,
    escrowReleasedOrderOpen,
    escrowRefundedOrderOpen,
    escrowFundedOrderWaiting,
    paymentSentEscrowNotLocked,
    depositPendingStuck,
    payoutPendingStuck,
  ],
  timers: [
    orderExpiredNotCancelled,
    paymentWindowOverdue,
    releaseOverdueNoDispute,
    systemCancelAfterPaymentSent,
    systemCancelDuringOutage,
  ],
  disputes: [
    disputeOrderMissing,
    disputeOrderWrongState,
    orderDisputedNoDispute,
    disputeMultipleOpen,
    disputeEscrowNotDisputed,
    disputeBeforeFunding,
    disputeRuledEscrowOpen,
    disputeWinnerMismatch,
    disputeStale,
    disputeFeeDeadlinePassed,
    disputeOpenerNotParty,
    disputeReplay,
  ],
  chain: [
    chainStateDrift,
    chainSilentTransition,
    chainEscrowUnknown,
    dbEscrowNotCanonical,
    eventMissing,
    eventOrphaned,
    eventDuplicate,
    eventUnapplied,
    eventIllegalTransition,
    eventUndecoded,
    contractBalanceShort,
    contractBalanceExcess,
    payoutNotConserved,
    contractChanged,
    chainLag,
    cursorGap,
    chainIdMismatch,
    rpcDisagreement,
  ],
  hygiene: [timestampsImpossible, amountNotPositive, selfTrade, statusHistoryMismatch, historyIllegalTransition],
  own: [
    notificationMissing,
    outboxStuck,
    deadLettersOpen,
    checkNotRun,
    checkIncomplete,
    canaryNotFound,
    replicaNotRead,
  ],
} as const satisfies Record<string, readonly CheckFacts[]>;

const ALL: readonly (Check | RunCheck)[] = Object.values(FAMILIES).flat();

/** Those that ask the tables. */
export const CHECKS: readonly Check[] = ALL.filter((check) => "query" in check);

/** Those that look at the run of the others. */
export const RUN_CHECKS: readonly RunCheck[] = ALL.filter((check) => "judge" in check);

/** The codes of those whose findings can be mended without a person. */
export const HEALABLE: readonly string[] = CHECKS.filter(({ heal }) => heal !== undefined).map(({ code }) => code);
