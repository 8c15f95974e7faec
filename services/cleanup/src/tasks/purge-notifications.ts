import { defineTask, type Task } from "@vigia/runtime";
import { BATCH, countsOf, inBatches, report } from "../batches.ts";
import type { Retention } from "../retention.ts";

/** Deletes notifications that are older than their retention. Safe to run twice: what is deleted is gone. */
export function purgeNotifications({ NOTIFICATION_RETENTION_DAYS: days }: Retention): Task {
  return defineTask("cleanup.purge-notifications", async (context) => {
    const at = context.tick.scheduledAt;
    const counts = await inBatches(context, countsOf(context), "notifications", (tx) =>
      tx.retention.purge("notifications", { at, days }, BATCH),
    );
    return report("cleanup.purge-notifications", context, counts);
  });
}
