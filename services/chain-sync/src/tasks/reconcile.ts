import { escrows } from "@vigia/database";
import { LIVE_ESCROW_STATUSES } from "@vigia/messages";
import { defineTask, type Task, type TaskContext } from "@vigia/runtime";
import { z } from "zod";
import { auditBlocks } from "../follow/audit.ts";
import { type Comparison, compareWithContract, withState } from "../follow/compare.ts";
import { forEachContract } from "../follow/each-contract.ts";
import type { Followed } from "../follow/followed.ts";
import { linkOrders } from "../follow/orders-follow.ts";
import { readContract } from "../follow/read-contract.ts";

const BATCH = 500;
/** An escrow that ended so recently is still compared: its end may have been undone, or told wrongly. */
const ENDED_RECENTLY_MS = 24 * 60 * 60 * 1_000;
/** So often all escrows are compared before a contract is believed to hold less than they are owed. */
const LOOKS = 2;

/** So long after its begin a run still reads blocks a second time: well within the task's time limit. */
const AUDIT_UNTIL_MS = 30 * 60 * 1_000;

const checkpoint = z.object({
  /** How far each contract has come, by its chain and address. */
  afterIds: z.record(z.string(), z.string()),
  checked: z.int(),
  corrected: z.int(),
  unclear: z.int(),
});
type Checkpoint = z.infer<typeof checkpoint>;
const NOTHING: Comparison = { checked: 0, corrected: 0, unclear: 0 };

type Context = TaskContext<"chain-sync.reconcile">;

/**
 * Compares every live escrow, and those that ended lately, with the contracts' own state; then reads the contracts' code
 * and money, and the blocks that were followed since the last run a second time; and links escrows whose order no sync
 * saw change.
 */
export function reconcile(all: readonly Followed[]): Task {
  return defineTask("chain-sync.reconcile", async (context) => {
    const auditEndMs = Date.now() + AUDIT_UNTIL_MS;
    const begin = { afterIds: {}, checked: 0, corrected: 0, unclear: 0 };
    // What an earlier version left can't be read: to begin anew does no harm.
    const progress = createProgress(checkpoint.safeParse(context.resumeFrom).data ?? begin);
    const missing = await forEachContract(context, all, async (followed) => {
      for (let look = 1; look <= LOOKS; look++) {
        if (followed.profile.state) await compareAll(context, followed, progress);
        // The row of an escrow that was paid out meanwhile, without an event, claims too much until it is compared again.
        if (!(await readContract(context, followed, { keepsShort: look === LOOKS }))) break;
        progress.keep(followed, "");
      }
      const missing = await auditBlocks(context, followed, auditEndMs);
      await context.step(async (tx) => {
        await tx.chain.lockCursor(followed, followed.startBlock);
        await linkOrders(tx, followed, "all");
      });
      return missing;
    });
    const { checked, corrected, unclear } = progress.now();
    const missingLogs = missing.reduce((sum, count) => sum + count, 0);
    return { checked, corrected, unclear, missingLogs, byEventsAlone: all.length - withState(all).length };
  });
}

/** How far all contracts have come, of which those of several chains do so at the same time. */
interface Progress {
  now(): Checkpoint;
  afterIdOf(followed: Followed): string;
  /** What a contract's next step makes of it. */
  with(followed: Followed, afterId: string, counted?: Comparison): Checkpoint;
  keep(followed: Followed, afterId: string, counted?: Comparison): void;
}

function createProgress(begin: Checkpoint): Progress {
  let now = begin;
  const keyOf = ({ chainId, contract }: Followed) => `${chainId}:${contract}`;
  const progress: Progress = {
    now: () => now,
    afterIdOf: (followed) => now.afterIds[keyOf(followed)] ?? "",
    with: (followed, afterId, { checked, corrected, unclear } = NOTHING) => ({
      afterIds: { ...now.afterIds, [keyOf(followed)]: afterId },
      checked: now.checked + checked,
      corrected: now.corrected + corrected,
      unclear: now.unclear + unclear,
    }),
    keep(...step) {
      now = progress.with(...step);
    },
  };
  return progress;
}

async function compareAll(context: Context, followed: Followed, progress: Progress): Promise<void> {
  const since = new Date(context.tick.scheduledAt.getTime() - ENDED_RECENTLY_MS);
  for (;;) {
    const afterId = progress.afterIdOf(followed);
    const next = escrows(context.database).toReconcile(followed, LIVE_ESCROW_STATUSES, since, afterId, BATCH);
    const escrowIds = await next;
    const lastId = escrowIds.at(-1);
    if (lastId === undefined) return;
    const compared = await compareWithContract(context, followed, escrowIds, (step, comparison) =>
      step.checkpoint(progress.with(followed, lastId, comparison)),
    );
    progress.keep(followed, lastId, compared);
    context.processed(compared.checked);
  }
}
