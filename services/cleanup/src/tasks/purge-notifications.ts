import { defineTask, type Task } from "@vigia/runtime";
import { notificationAges } from "../ages.ts";
import { purge } from "../purge.ts";
import type { Retention } from "../retention.ts";

/** Deletes notifications that are older than their retention. Safe to run twice: what is deleted is gone. */
export function purgeNotifications(retention: Retention): Task {
  return defineTask("cleanup.purge-notifications", (context) =>
    purge("cleanup.purge-notifications", context, notificationAges(retention)),
  );
}
