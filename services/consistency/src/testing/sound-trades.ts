import { type DisputeStatus, type EscrowStatus, LIVE_DISPUTE_STATUSES } from "@vigia/messages";
import { BUYER, hoursAgo, type Marketplace } from "./marketplace.ts";

const FOREIGN = [
  "partially_released",
  "fee_pending",
  "settlement_proposed",
  "frozen",
] as const satisfies EscrowStatus[];
const SIDE_EXITS = ["withdrawn", "settled", "timed_out", "refused"] as const satisfies DisputeStatus[];

/** One trade of each kind that a sound marketplace has. */
export async function addSoundTrades(market: Marketplace): Promise<void> {
  await market.order("created");
  await market.order("created", { expires_at: hoursAgo(1) });
  await market.order("deposit_pending", { deposit_tx: "0x01" });
  await market.order("cancelled");
  await market.order("expired");
  await market.trade("created", "pending_deposit", { expires_at: hoursAgo(5) });
  await market.trade("escrowed", "funded");
  await market.trade("escrowed", "locked");
  await market.trade("payment_sent", "locked");
  await market.trade("releasing", "locked");
  await market.trade("completed", "released");
  await market.trade("refunded", "refunded");
  await market.trade("cancelled", "cancelled_by_seller");
  await market.trade("cancelled", "cancelled_by_buyer");
  for (const foreign of FOREIGN) await market.trade("payment_sent", foreign);
  for (const status of LIVE_DISPUTE_STATUSES) {
    await market.dispute(await market.trade("disputed", "disputed"), status);
  }
  await market.dispute(await market.trade("disputed", "locked"), "opened");
  await market.dispute(await market.trade("disputed", "disputed"), "ruled", { ruled_at: hoursAgo(0.1) });
  await market.dispute(await market.trade("completed", "resolved_buyer"), "closed");
  await market.dispute(await market.trade("refunded", "resolved_seller"), "closed");
  await market.dispute(await market.trade("split", "split"), "closed");
  await market.dispute(await market.trade("completed", "resolved_buyer"), "executed", { winner_id: BUYER });
  for (const exit of SIDE_EXITS) {
    await market.dispute(await market.trade("completed", "released"), exit);
    await market.dispute(await market.trade("refunded", "refunded"), exit);
  }
}
