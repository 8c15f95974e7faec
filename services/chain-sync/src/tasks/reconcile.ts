import { escrows } from "@vigia/database";
import { LIVE_ESCROW_STATUSES } from "@vigia/messages";
import { defineTask, type Task } from "@vigia/runtime";
import { z } from "zod";
import { compareWithContract } from "../follow/compare.ts";
import type { Followed } from "../follow/followed.ts";

const BATCH = 500;
/** An escrow that ended so recently is still compared: its end may have been undone, or told wrongly. */
const ENDED_RECENTLY_MS = 24 * 60 * 60 * 1_000;

const checkpoint = z.object({ afterId: z.string(), checked: z.int(), corrected: z.int(), unclear: z.int() });
type Checkpoint = z.infer<typeof checkpoint>;

/** Compares every live escrow, and those that ended lately, with the contract's own state. */
export function reconcile(followed: Followed): Task {
  return defineTask("chain-sync.reconcile", async (context) => {
    const since = new Date(context.tick.scheduledAt.getTime() - ENDED_RECENTLY_MS);
    let progress: Checkpoint = { afterId: "", checked: 0, corrected: 0, unclear: 0 };
    if (context.resumeFrom !== undefined) progress = checkpoint.parse(context.resumeFrom);
    for (;;) {
      const { afterId } = progress;
      const next = escrows(context.database).toReconcile(followed, LIVE_ESCROW_STATUSES, since, afterId, BATCH);
      const escrowIds = await next;
      if (escrowIds.length === 0) break;
      const before = progress;
      await compareWithContract(context, followed, escrowIds, async (step, { checked, corrected, unclear }) => {
        progress = {
          afterId: escrowIds.at(-1) ?? afterId,
          checked: before.checked + checked,
          corrected: before.corrected + corrected,
          unclear: before.unclear + unclear,
        };
        await step.checkpoint(progress);
      });
      context.processed(progress.checked - before.checked);
    }
    const { checked, corrected, unclear } = progress;
    return { checked, corrected, unclear };
  });
}
