import type { ServiceDefinition } from "@vigia/runtime";
import { preview } from "./commands/preview.ts";
import { recordDowntime } from "./commands/record-downtime.ts";
import { retentionSettings } from "./retention.ts";
import { expireOrders } from "./tasks/expire-orders.ts";
import { purgeHistory } from "./tasks/purge-history.ts";
import { purgeNotifications } from "./tasks/purge-notifications.ts";

export const cleanup = {
  settings: retentionSettings,
  tasks: ({ settings }) => [expireOrders, purgeNotifications(settings), purgeHistory(settings)],
  commands: ({ settings }) => [preview(settings), recordDowntime()],
} satisfies ServiceDefinition<typeof retentionSettings>;
