import { isFinal } from "@vigia/database";
import { partsOfEscrow } from "../finding.ts";
import type { Heal } from "./heal.ts";

/** For findings on an escrow, or that name one in their evidence. */
export const followEscrow: Heal = {
  does: "once the escrow's state is final, chain-sync moves the order on to where the escrow is, along the order's states, as it does when it follows the chain (`chain-sync.follow`)",
  async plan({ entityId, evidence }, sql) {
    const escrow = partsOfEscrow(evidence.escrow ?? entityId);
    if (!escrow || !(await isFinal(sql, escrow))) return undefined;
    return { gives: "chain-sync.follow", data: { ...escrow } };
  },
};
