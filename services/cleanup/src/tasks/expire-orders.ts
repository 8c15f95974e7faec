import type { OrderChange } from "@vigia/database";
import { type OutgoingEvent, orderChanged } from "@vigia/messages";
import { defineTask } from "@vigia/runtime";
import { BATCH, countsOf, inBatches, report } from "../batches.ts";

/** Ends orders whose time has passed and that hold no money. Safe to run twice: an expired order is never due. */
export const expireOrders = defineTask("cleanup.expire-orders", async (context) => {
  const counts = await inBatches(context, countsOf(context), "expired", async (tx) => {
    const orders = await tx.orders.expireDue(context.tick.scheduledAt, BATCH);
    await tx.emit(orders.map(orderExpired));
    return orders.length;
  });
  return report("cleanup.expire-orders", context, counts);
});

function orderExpired(order: OrderChange): OutgoingEvent {
  return orderChanged({ ...order, reason: "its time passed without a deposit", at: new Date().toISOString() });
}
