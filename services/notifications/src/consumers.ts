import { disputeChanged, issueChanged, orderChanged } from "@vigia/messages";
import { defineConsumer, type ReceivedEvent } from "@vigia/runtime";
import { deliver, type Occasion } from "./channels/inbox.ts";
import type { Details } from "./notice.ts";
import { concernsOperators } from "./rules/alerts.ts";
import { tellOfDispute } from "./rules/disputes.ts";
import { tellOfOrder } from "./rules/orders.ts";

/** The source of what the triggers on the marketplace's tables tell. */
const BACKEND = "marketplace";

export const orders = defineConsumer("notifications-orders", orderChanged, async (event) => {
  const { data: order, envelope, tx } = event;
  const byBackend = envelope.source === BACKEND;
  const escrow =
    byBackend || order.status === "cancelled" ? await tx.notifications.escrowStatusOf(order.orderId) : undefined;
  const isDispute = order.status === "disputed" || order.previousStatus === "disputed";
  const disputes = isDispute ? await tx.notifications.disputesOf(order.orderId) : [];
  await deliver(tellOfOrder(order, { byBackend, escrow, disputes }), occasionOf(event));
});

export const disputes = defineConsumer("notifications-disputes", disputeChanged, async (event) => {
  const disputes = await event.tx.notifications.disputesOf(event.data.orderId);
  await deliver(tellOfDispute(event.data, disputes), occasionOf(event));
});

/** Notes which findings are to be looked at together; the alerts tell of them. */
export const issues = defineConsumer("notifications-issues", issueChanged, async ({ data, tx }) => {
  const { check, severity, meaning = check } = data;
  if (concernsOperators(data)) await tx.alerts.changed({ check, severity, meaning });
});

function occasionOf({ envelope, data, tx, log }: ReceivedEvent<Details>): Occasion {
  return { eventId: envelope.id, details: data, tx, log };
}
