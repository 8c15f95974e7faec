import { defineCommand, type ServiceCommand } from "@vigia/runtime";
import { type Ages, historyAges, notificationAges } from "../ages.ts";
import type { Retention } from "../retention.ts";

/** Counts what a task would do now, by the same conditions, under the names that its own report uses. */
export function preview(retention: Retention): ServiceCommand {
  const ages: Readonly<Record<string, Ages>> = {
    "purge-notifications": notificationAges(retention),
    "purge-history": historyAges(retention),
  };
  return defineCommand("cleanup.preview", async ({ data: { task }, tx }) => {
    const at = new Date();
    if (task === "expire-orders") return { expired: await tx.orders.countDue(at) };
    const counts: Record<string, number> = {};
    for (const [what, days] of ages[task] ?? []) counts[what] = await tx.retention.count(what, { at, days });
    return counts;
  });
}
