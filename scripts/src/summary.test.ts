import { describeEvent } from "./summary.ts";

const ORDER = "0f9a1c2e-8b7d-4c5e-9f10-112233445566";
const ESCROW = `0x${"ab".repeat(32)}`;
const CONTRACT = `0x${"11".repeat(20)}`;
const AT = "2030-01-01T00:00:00.000Z";
const RUN = { job: "chain-sync", task: "sync", executionId: "e", at: AT, attempt: 2, instance: "i" };
const ISSUE = {
  severity: "critical",
  check: "AMOUNT_MISMATCH",
  fingerprint: "f",
  summary: "order and escrow amounts differ",
  entityType: "order",
  entityId: ORDER,
  evidence: {},
  occurrences: 1,
  firstSeen: AT,
  lastSeen: AT,
};

describe("describeEvent", () => {
  it.each([
    ["run.completed.chain-sync.sync", { ...RUN, status: "completed" }, undefined],
    [
      "run.failed.chain-sync.sync",
      { ...RUN, status: "failed", error: "boom" },
      "✗ chain-sync sync failed at try 2: boom",
    ],
    [
      `order.expired.${ORDER}`,
      {
        orderId: ORDER,
        status: "expired",
        previousStatus: "created",
        sellerId: ORDER,
        buyerId: ORDER,
        reason: "late",
        at: AT,
      },
      "▸ order 0f9a1c2e…: created → expired (late)",
    ],
    [
      `escrow.funded.31337.${ESCROW}`,
      {
        ...{ chainId: 31337, contract: CONTRACT, escrowId: ESCROW, orderId: null, status: "funded" },
        ...{ previousStatus: "pending_deposit", source: "event", balance: "1", blockNumber: 5 },
      },
      "⛓ escrow 0xabababab… of no order: pending deposit → funded",
    ],
    [
      "consistency-issue.opened.critical.AMOUNT_MISMATCH",
      { ...ISSUE, change: "opened" },
      "⚠ critical AMOUNT_MISMATCH: order and escrow amounts differ",
    ],
    ["consistency-issue.updated.critical.AMOUNT_MISMATCH", { ...ISSUE, change: "updated" }, undefined],
    [
      "cleanup-report.purge-history",
      { task: "purge-history", executionId: "e", counts: { events: 3, executions: 0 }, at: AT },
      "🧹 purge history: 3 events",
    ],
    ["something.new", {}, undefined],
    ["order.expired.x", { orderId: 1 }, "? vigia.event.order.expired.x with a body that nobody knows"],
  ])("%s", (subject, body, expected) => {
    expect(describeEvent(`vigia.event.${subject}`, body)).toBe(expected);
  });
});
