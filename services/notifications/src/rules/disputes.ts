import type { disputeChanged } from "@vigia/messages";
import type { z } from "zod";
import { NOBODY, type Telling } from "../notice.ts";
import { tellOfOpening, tellOfWinner } from "./orders.ts";

export type DisputeEvent = z.infer<typeof disputeChanged.schema>;

/** Who is told that a dispute moved: of its opening both parties and the operators, of its ruling winner and loser. */
export function tellOfDispute(dispute: DisputeEvent): Telling {
  if (dispute.status === "opened") return tellOfOpening(dispute);
  const { winnerId } = dispute;
  const isParty = winnerId === dispute.sellerId || winnerId === dispute.buyerId;
  return dispute.status === "ruled" && winnerId && isParty ? tellOfWinner(dispute, winnerId) : NOBODY;
}
