import { z } from "zod";
import { DISPUTE_STATUSES } from "../domain/dispute.ts";
import { ORDER_STATUSES } from "../domain/order.ts";
import { defineEvent } from "./definition.ts";
import { timestamp, uuid } from "./fields.ts";

export const orderChanged = defineEvent({
  type: "vigia.order",
  filter: "vigia.event.order.>",
  schema: z.object({
    orderId: uuid,
    status: z.enum(ORDER_STATUSES),
    previousStatus: z.enum(ORDER_STATUSES).optional().describe("Absent: the order is new"),
    sellerId: uuid,
    buyerId: uuid,
    reason: z.string(),
    source: z
      .literal("reorg")
      .optional()
      .describe(
        "There where a fork undid what the order had followed: it is back where it was, one event for each step",
      ),
    at: timestamp,
  }),
  subject: (order) => `vigia.event.order.${order.status}.${order.orderId}`,
  aggregate: (order) => `order:${order.orderId}`,
  description: "An order changed state: who is affected, and why",
});

export const disputeChanged = defineEvent({
  type: "vigia.dispute",
  filter: "vigia.event.dispute.>",
  schema: z.object({
    disputeId: uuid,
    orderId: uuid,
    status: z.enum(DISPUTE_STATUSES),
    sellerId: uuid,
    buyerId: uuid,
    winnerId: uuid.nullable(),
    at: timestamp,
  }),
  subject: (dispute) => `vigia.event.dispute.${dispute.status}.${dispute.disputeId}`,
  aggregate: (dispute) => `dispute:${dispute.disputeId}`,
  description: "A dispute changed state",
});

export const cleanupReported = defineEvent({
  type: "vigia.cleanup-report",
  filter: "vigia.event.cleanup-report.>",
  schema: z.object({ task: z.string(), executionId: z.string(), counts: z.record(z.string(), z.int()), at: timestamp }),
  subject: (report) => `vigia.event.cleanup-report.${report.task}`,
  aggregate: (report) => `cleanup:${report.executionId}`,
  description: "A clean-up ended: counts",
});
