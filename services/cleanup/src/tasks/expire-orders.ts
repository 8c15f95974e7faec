import type { OrderChange } from "@vigia/database";
import { type OutgoingEvent, orderChanged } from "@vigia/messages";
import { defineTask } from "@vigia/runtime";
import { BATCH, inBatches, progressOf, report } from "../batches.ts";

/** Ends orders whose time has passed and that hold no money. Safe to run twice: an expired order is never due. */
export const expireOrders = defineTask("cleanup.expire-orders", async (context) => {
  const progress = await inBatches(context, progressOf(context), "expired", async (tx, from) => {
    const { orders, last } = await tx.orders.expireDue(context.tick.scheduledAt, BATCH, from);
    await tx.emit(orders.map(orderExpired));
    return { done: orders.length, last };
  });
  return report("cleanup.expire-orders", context, progress);
});

function orderExpired(order: OrderChange): OutgoingEvent {
  return orderChanged({ ...order, reason: "its time passed without a deposit", at: new Date().toISOString() });
}
