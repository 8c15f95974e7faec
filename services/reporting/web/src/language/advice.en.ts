/** Why a check's findings matter, and what whoever is woken by one should do. What stands in backticks is typed. */
export interface Advice {
  readonly why: string;
  readonly remedy: string;
}

/** As docs/checks.md has it; a test compares them. */
export const adviceInEnglish: Readonly<Record<string, Advice>> = {
  ORDER_ESCROW_MISSING: {
    why: "The buyer may pay against money that is not there.",
    remedy:
      "Look whether chain-sync is behind. If it is not, look the deposit's transaction up and resync its blocks; tell the buyer not to pay before the escrow is there.",
  },
  ESCROW_ORDER_MISSING: {
    why: "Money lies in the contract and no trade will ever ask for it back.",
    remedy:
      "Search the marketplace's backups for the order. If it never existed, the depositor took the contract by hand: let the parties refund it there.",
  },
  ORDER_MULTIPLE_ESCROWS: {
    why: "The seller has paid twice, or one deposit answers for two promises.",
    remedy: "Find out with the seller which escrow is meant, and have the other cancelled on the chain.",
  },
  ESCROW_SHARED: {
    why: "One deposit is promised to several buyers.",
    remedy:
      "Stop the orders that claim it, keep the one whose parties are the escrow's, and look for fraud in the others.",
  },
  AMOUNT_MISMATCH: {
    why: "Somebody gets more or less than was agreed.",
    remedy: "Stop the trade before the buyer pays; the parties must agree on the amount, or cancel on the chain.",
  },
  TOKEN_MISMATCH: {
    why: "The deposit may be of a token that is worth nothing.",
    remedy: "Stop the trade, warn the buyer, and have the escrow cancelled on the chain.",
  },
  PARTY_MISMATCH: {
    why: "The contract will pay somebody else than the order says.",
    remedy: "Stop the trade, warn the buyer not to pay, and have the escrow cancelled on the chain.",
  },
  CHAIN_OR_CONTRACT_MISMATCH: {
    why: "The order waits for money where there is none, or where nobody looks.",
    remedy:
      "Correct the order's chain if it was written wrongly; else have the escrow cancelled on its own chain. No row of a contract that is not followed comes from chain-sync: find out who wrote it.",
  },
  ORDER_CANCELLED_ESCROW_FUNDED: {
    why: "Money is locked in a trade that nobody works on any more.",
    remedy:
      "Have the deposit cancelled or refunded on the chain by the parties; if the buyer has paid, open a dispute first.",
  },
  ORDER_COMPLETED_ESCROW_OPEN: {
    why: "The buyer was told that the tokens are theirs, and they are not.",
    remedy:
      "Look the payout's transaction up. If it failed, ask the seller to release again; if the seller refuses, open a dispute.",
  },
  ESCROW_RELEASED_ORDER_OPEN: {
    why: "The trade is done and its parties still wait, or act, as if it were not.",
    remedy:
      "See that chain-sync runs and that the order is linked to its escrow; a resync of the release's block moves it on.",
  },
  ESCROW_REFUNDED_ORDER_OPEN: {
    why: "The buyer may still pay for money that went back to the seller.",
    remedy: "Warn the buyer; then see that chain-sync runs, and resync the block of the refund.",
  },
  ESCROW_FUNDED_ORDER_WAITING: {
    why: "The seller has deposited and the buyer is not told that they may pay.",
    remedy:
      "See that chain-sync runs and that the order is linked to its escrow; a resync of the deposit's block moves it on.",
  },
  PAYMENT_SENT_ESCROW_NOT_LOCKED: {
    why: "The seller can take the deposit back although the buyer has paid.",
    remedy: "Ask the seller to lock the escrow at once; tell the buyer to open a dispute if that does not happen.",
  },
  DEPOSIT_PENDING_STUCK: {
    why: "The parties wait for a deposit that may never come.",
    remedy:
      "Look the transaction up: if it is pending, wait; if it was dropped or failed, lead the order back to created.",
  },
  PAYOUT_PENDING_STUCK: {
    why: "The parties wait for a payout that may never come.",
    remedy: "Look the transaction up before anything else; never send it again while it may still be mined.",
  },
  ORDER_EXPIRED_NOT_CANCELLED: {
    why: "Its offer stays open and misleads both parties.",
    remedy: "See whether the clean-up ran, and run it: `vigia trigger cleanup.expire-orders`.",
  },
  PAYMENT_WINDOW_OVERDUE: {
    why: "The seller's deposit is bound for a buyer who does not pay.",
    remedy: "Remind the buyer; let the seller cancel on the chain if the contract allows it.",
  },
  RELEASE_OVERDUE_NO_DISPUTE: {
    why: "The buyer has paid and gets nothing.",
    remedy: "Remind the seller, and tell the buyer how to open a dispute; never cancel.",
  },
  SYSTEM_CANCEL_AFTER_PAYMENT_SENT: {
    why: "A buyer has paid for a trade that we ended.",
    remedy: "Reach both parties now; have the seller release, or open a dispute for the buyer.",
  },
  SYSTEM_CANCEL_DURING_OUTAGE: {
    why: "A user lost a trade because of us.",
    remedy: "Tell both parties, and offer them the same trade anew; look for a deposit that was on its way.",
  },
  DISPUTE_ORDER_MISSING: {
    why: "Nobody can tell what the dispute is about, or carry its ruling out.",
    remedy: "Search the marketplace's backups for the order; if it never existed, close the dispute by hand.",
  },
  DISPUTE_ORDER_WRONG_STATE: {
    why: "The trade goes on as if nobody had objected.",
    remedy:
      "If the escrow is in dispute on the chain, move the order to disputed; else find out who closed the one and not the other.",
  },
  ORDER_DISPUTED_NO_DISPUTE: {
    why: "The trade stands still and nobody is going to decide it.",
    remedy: "Find the dispute on the chain and enter it, or move the order on if the parties have settled.",
  },
  DISPUTE_MULTIPLE_OPEN: {
    why: "Two rulings may contradict each other.",
    remedy: "Keep the older one, and close the other with a word to whoever opened it.",
  },
  DISPUTE_ESCROW_NOT_DISPUTED: {
    why: "The ruling can not be carried out: the contract knows of no dispute, and may pay meanwhile.",
    remedy: "Have the dispute opened on the chain before it is ruled.",
  },
  DISPUTE_BEFORE_FUNDING: {
    why: "There was nothing to rule about yet, and the buyer may have paid for nothing.",
    remedy: "Ask the buyer whether they paid, and when; close the dispute if not, which ends the issue.",
  },
  DISPUTE_RULED_ESCROW_OPEN: {
    why: "The winner has not got the money.",
    remedy: "Carry the ruling out on the chain, or find out why the arbiter's transaction failed.",
  },
  DISPUTE_WINNER_MISMATCH: {
    why: "Money went to the wrong party, and the chain does not give it back.",
    remedy: "Stop further rulings, find out whether the row or the transaction is wrong, and compensate the winner.",
  },
  DISPUTE_STALE: {
    why: "Both parties' money is bound while nothing happens.",
    remedy: "Remind the arbiter, and ask the parties whether they have settled.",
  },
  DISPUTE_FEE_DEADLINE_PASSED: {
    why: "The party that has paid may time the other one out, and loses that right in silence.",
    remedy: "Tell the party that has paid how to time the other one out, and the other one what that means.",
  },
  DISPUTE_OPENER_NOT_PARTY: {
    why: "A stranger may be holding up a trade, or an account was taken over.",
    remedy: "Find out who it is; close the dispute if neither party stands behind it.",
  },
  DISPUTE_REPLAY: {
    why: "One ruling on the chain would be used to decide several trades.",
    remedy: "Rule none of them before it is clear which order is the escrow's; look for fraud in the others.",
  },
  CHAIN_STATE_DRIFT: {
    why: "Somebody wrote the row, or an event was not applied; an order may have moved because of it.",
    remedy:
      "The row was corrected, unless the contract does not have the escrow. Find out who else writes to `vigia.escrows`; resync from the escrow's first block.",
  },
  CHAIN_SILENT_TRANSITION: {
    why: "The parties learnt of it only when the state was read, which is up to an hour later.",
    remedy:
      "The row was corrected. If the contract is meant to do this, snooze the check's issues; if not, read its code before the next trade.",
  },
  CHAIN_ESCROW_UNKNOWN: {
    why: "Money in the contract that no other check watches, and no order is moved by.",
    remedy: "Resync from the escrow's first block: `vigia resync --from <firstBlock>`.",
  },
  DB_ESCROW_NOT_CANONICAL: {
    why: "The row may tell of a fork that is gone, and the order of money that is not there.",
    remedy: "Resync from the block that the row names: `vigia resync --from <block>`. Until then let nobody pay.",
  },
  EVENT_MISSING: {
    why: "Its escrow's row, and the order that follows it, are wrong without it.",
    remedy: "Resync its block: `vigia resync --from <block> --to <block>`. Then find out which endpoint left it out.",
  },
  EVENT_ORPHANED: {
    why: "What it told has not happened, and an order may have moved because of it.",
    remedy: "Resync from the log's block: `vigia resync --from <block>`. If it comes again, look at the endpoints.",
  },
  EVENT_DUPLICATE: {
    why: "What the transaction did counts twice in its escrow's balance and history.",
    remedy: "Resync from the lower of its blocks: `vigia resync --from <block>`. The chain tells which one stays.",
  },
  EVENT_UNAPPLIED: {
    why: "The row shows an earlier state than the chain, and the order waits for it.",
    remedy: "Resync the log's block: `vigia resync --from <block> --to <block>` applies it.",
  },
  EVENT_ILLEGAL_TRANSITION: {
    why: "Either the contract does what nobody agreed to, or its profile misreads it.",
    remedy:
      "Read the escrow's transactions. If the contract is right, correct the profile's `leadsTo`; if not, stop trading on it.",
  },
  EVENT_UNDECODED: {
    why: "It may move money, and then the rows do not follow.",
    remedy:
      "Find the event in the contract's ABI by its first topic, and add it to the profile; then resync from its block.",
  },
  CONTRACT_BALANCE_SHORT: {
    why: "Whoever is paid last gets nothing.",
    remedy:
      "Stop new trades on this contract now. Look for a withdrawal by its owner, a token that takes a fee, or an exploit.",
  },
  CONTRACT_BALANCE_EXCESS: {
    why: "Somebody may have sent money past the escrow, and waits for it; or fees pile up.",
    remedy: "Find the transfers that no escrow's log explains. Acknowledge it where the contract keeps fees.",
  },
  PAYOUT_NOT_CONSERVED: {
    why: "Money of a party stays in the contract, where nothing leads it out any more.",
    remedy:
      "Compare the escrow's deposit and payout on the chain. If the contract kept a part, tell the party and its maker.",
  },
  CONTRACT_CHANGED: {
    why: "What was true of the contract may not be any more: who can take money out, and what its events mean.",
    remedy: "Stop new trades on it until somebody has read the new code and its profile; then acknowledge.",
  },
  CHAIN_LAG: {
    why: "Deposits, releases and disputes are not seen; what the other checks say of this chain may be late.",
    remedy: "See whether chain-sync runs, and what its last run failed with: `vigia runs --task chain-sync.sync`.",
  },
  CURSOR_GAP: {
    why: "Logs in the hole were never read, and the next fork cannot be undone.",
    remedy: "Resync from the last block before the hole: `vigia resync --from <afterBlock>`.",
  },
  CHAIN_ID_MISMATCH: {
    why: "Nothing of it is written; where no other endpoint is left, nothing is followed at all.",
    remedy: "Correct `CHAIN_RPC_URL`, `RPC_URLS` or `CHAIN_ID`, and restart chain-sync.",
  },
  RPC_DISAGREEMENT: {
    why: "Its answers are not believed. Where it is the only endpoint, nothing is followed meanwhile.",
    remedy:
      "See chain-sync's log for what it said; of two that are named with the same state, one is right. Ask its provider; put another endpoint into `RPC_URLS`.",
  },
  TIMESTAMPS_IMPOSSIBLE: {
    why: "Deadlines and statistics that rest on these times are wrong.",
    remedy: "Correct the times from the order's history; look for a clock that is wrong.",
  },
  AMOUNT_NOT_POSITIVE: {
    why: "A trade of nothing can only be a mistake or an attack.",
    remedy: "Cancel the order, and find out how it passed the marketplace's own validation.",
  },
  SELF_TRADE: {
    why: "Somebody buys from themself: for reputation, or to launder money.",
    remedy: "Review the account; nothing is to be done about the trade itself.",
  },
  STATUS_HISTORY_MISMATCH: {
    why: "Either the order or its history is wrong, and a dispute would rest on it.",
    remedy: "Find out who wrote the status without its history; correct the one that the escrow contradicts.",
  },
  HISTORY_ILLEGAL_TRANSITION: {
    why: "Something writes orders past the rules, and will do so again.",
    remedy: "Find the writer by the step's actor and time; the step itself stays on record.",
  },
  NOTIFICATION_MISSING: {
    why: "A party does not know that it is their turn, and runs out of time.",
    remedy: "See whether the notifications service runs; it tells what waits as soon as it does.",
  },
  OUTBOX_STUCK: {
    why: "Nobody hears of what this service does: no user is told, and no page shows it.",
    remedy: "See whether the service and NATS run. Once both do, the events go out by themselves, in order.",
  },
  DEAD_LETTERS_OPEN: {
    why: "What they asked for or told has had no effect.",
    remedy:
      "Read the reason, end its cause, and replay them: `vigia deadletters list`, then `vigia deadletters replay`.",
  },
  CHECK_NOT_RUN: {
    why: "Whatever they look for has gone unseen since then.",
    remedy: "See what became of its runs: `vigia runs --task <task>`. Give it one: `vigia trigger <task>`.",
  },
  CHECK_INCOMPLETE: {
    why: "What it looks for may be there and is not told; its open issues stay as they are.",
    remedy:
      "Read the reason. After a time-out look for a missing index or a lock; then `vigia trigger consistency.check`.",
  },
  CANARY_NOT_FOUND: {
    why: "They are blind: none is opened and none is resolved until they see again.",
    remedy:
      "See which database `DATABASE_URL` leads to; a copy that lags behind shows what has been. Then run the check again.",
  },
  REPLICA_NOT_READ: {
    why: "They read from the primary instead, beside all who write there.",
    remedy:
      "Read the reason. See `pg_stat_replication` on the primary, and that `CONSISTENCY_REPLICA_URL` leads to a copy of it.",
  },
};
