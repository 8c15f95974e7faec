import { escrows } from "@vigia/database";
import { defineTask, type Task } from "@vigia/runtime";
import { compareWithContract, withState } from "../follow/compare.ts";
import { forEachContract } from "../follow/each-contract.ts";
import type { Followed } from "../follow/followed.ts";

/** Escrows compared with the contract in one exchange and one step. */
const BATCH = 500;
/** What changed so recently is compared; what changed before is left to the reconciliation. */
const RECENT_MS = 60 * 60 * 1_000;

/** Compares escrows that changed lately, or that were never compared, with the contracts' own state. */
export function verify(all: readonly Followed[]): Task {
  return defineTask("chain-sync.verify", async (context) => {
    const since = new Date(context.tick.scheduledAt.getTime() - RECENT_MS);
    const total = { checked: 0, corrected: 0, unclear: 0 };
    await forEachContract(context, withState(all), async (followed) => {
      let escrowIds: string[];
      let afterId = "";
      do {
        escrowIds = await escrows(context.database).toVerify(followed, since, afterId, BATCH);
        if (escrowIds.length === 0) break;
        const { checked, corrected, unclear } = await compareWithContract(context, followed, escrowIds);
        context.processed(checked);
        total.checked += checked;
        total.corrected += corrected;
        total.unclear += unclear;
        afterId = escrowIds.at(-1) ?? afterId;
      } while (escrowIds.length === BATCH);
    });
    return { ...total, byEventsAlone: all.length - withState(all).length };
  });
}
