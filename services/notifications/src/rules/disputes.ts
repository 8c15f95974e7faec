import type { disputeChanged } from "@vigia/messages";
import type { z } from "zod";
import { NOBODY, type Telling } from "../notice.ts";
import { caseOf, tellOfOpening, tellOfWinner } from "./orders.ts";

export type DisputeEvent = z.infer<typeof disputeChanged.schema>;

/**
 * Who is told that a dispute moved: of its opening both parties and the operators, of its ruling winner and loser.
 * `disputes`: the ids of the order's, oldest first.
 */
export function tellOfDispute(dispute: DisputeEvent, disputes: readonly string[]): Telling {
  const which = caseOf(dispute.orderId, disputes, dispute.disputeId);
  if (dispute.status === "opened") return tellOfOpening(dispute, which);
  const { winnerId } = dispute;
  const isParty = winnerId === dispute.sellerId || winnerId === dispute.buyerId;
  return dispute.status === "ruled" && winnerId && isParty ? tellOfWinner(dispute, winnerId, which) : NOBODY;
}
