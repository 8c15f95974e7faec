import { defineTask, type Task } from "@vigia/runtime";
import { historyAges } from "../ages.ts";
import { purge } from "../purge.ts";
import type { Retention } from "../retention.ts";

/**
 * Deletes what Vigia remembers of its own work and no longer needs. Orders, their history, escrows, disputes and the
 * chain's logs are records of money, and never deleted. Safe to run twice: what is deleted is gone.
 */
export function purgeHistory(retention: Retention): Task {
  return defineTask("cleanup.purge-history", (context) =>
    purge("cleanup.purge-history", context, historyAges(retention)),
  );
}
