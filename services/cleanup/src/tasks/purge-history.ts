import type { Aged } from "@vigia/database";
import { defineTask, type Task } from "@vigia/runtime";
import { BATCH, countsOf, inBatches, report } from "../batches.ts";
import type { Retention } from "../retention.ts";

/**
 * Deletes what Vigia remembers of its own work and no longer needs. Orders, their history, escrows, disputes and the
 * chain's logs are records of money, and never deleted. Safe to run twice: what is deleted is gone.
 */
export function purgeHistory(retention: Retention): Task {
  const days: readonly (readonly [Aged, number])[] = [
    ["executions", retention.EXECUTION_RETENTION_DAYS],
    ["outbox", retention.OUTBOX_RETENTION_DAYS],
    ["handledMessages", retention.HANDLED_MESSAGE_RETENTION_DAYS],
    ["eventFeed", retention.EVENT_FEED_RETENTION_DAYS],
    ["resolvedIssues", retention.ISSUE_RETENTION_DAYS],
    ["resolvedDeadLetters", retention.DEAD_LETTER_RETENTION_DAYS],
  ];
  return defineTask("cleanup.purge-history", async (context) => {
    const at = context.tick.scheduledAt;
    let counts = countsOf(context);
    for (const [what, age] of days) {
      counts = await inBatches(context, counts, what, (tx) => tx.retention.purge(what, { at, days: age }, BATCH));
    }
    return report("cleanup.purge-history", context, counts);
  });
}
