import { escrows } from "@vigia/database";
import { LIVE_ESCROW_STATUSES } from "@vigia/messages";
import { defineTask, type Task } from "@vigia/runtime";
import { z } from "zod";
import { compareWithContract, withState } from "../follow/compare.ts";
import { forEachContract } from "../follow/each-contract.ts";
import type { Followed } from "../follow/followed.ts";

const BATCH = 500;
/** An escrow that ended so recently is still compared: its end may have been undone, or told wrongly. */
const ENDED_RECENTLY_MS = 24 * 60 * 60 * 1_000;

const checkpoint = z.object({
  /** How far each contract has come, by its address. */
  afterIds: z.record(z.string(), z.string()),
  checked: z.int(),
  corrected: z.int(),
  unclear: z.int(),
});
type Checkpoint = z.infer<typeof checkpoint>;

/** Compares every live escrow, and those that ended lately, with the contracts' own state. */
export function reconcile(all: readonly Followed[]): Task {
  return defineTask("chain-sync.reconcile", async (context) => {
    const since = new Date(context.tick.scheduledAt.getTime() - ENDED_RECENTLY_MS);
    const begin = { afterIds: {}, checked: 0, corrected: 0, unclear: 0 };
    // What an earlier version left can't be read: to begin anew does no harm.
    let progress: Checkpoint = checkpoint.safeParse(context.resumeFrom).data ?? begin;
    const contracts = withState(all);
    await forEachContract(context, contracts, async (followed) => {
      for (;;) {
        const afterId = progress.afterIds[followed.contract] ?? "";
        const next = escrows(context.database).toReconcile(followed, LIVE_ESCROW_STATUSES, since, afterId, BATCH);
        const escrowIds = await next;
        if (escrowIds.length === 0) break;
        const before = progress;
        await compareWithContract(context, followed, escrowIds, async (step, { checked, corrected, unclear }) => {
          progress = {
            afterIds: { ...before.afterIds, [followed.contract]: escrowIds.at(-1) ?? afterId },
            checked: before.checked + checked,
            corrected: before.corrected + corrected,
            unclear: before.unclear + unclear,
          };
          await step.checkpoint(progress);
        });
        context.processed(progress.checked - before.checked);
      }
    });
    const { checked, corrected, unclear } = progress;
    return { checked, corrected, unclear, byEventsAlone: all.length - contracts.length };
  });
}
