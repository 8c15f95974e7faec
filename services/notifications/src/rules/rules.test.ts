import type { DisputeStatus, EscrowStatus, OrderStatus } from "@vigia/messages";
import type { Telling } from "../notice.ts";
import { tellOfDispute } from "./disputes.ts";
import { type IssueEvent, tellOfIssue } from "./issues.ts";
import { tellOfOrder } from "./orders.ts";

const PARTIES = { orderId: "order", sellerId: "seller", buyerId: "buyer" };
const at = "2030-01-01T00:00:00Z";

function told({ notices }: Telling): string[] {
  return notices.map(({ to, kind }) => `${to === "operators" ? to : to.userId}: ${kind}`);
}

const OPENING = ["seller: dispute-opened", "buyer: dispute-opened", "operators: dispute-to-watch"];
const BUYER_WON = ["buyer: dispute-won", "seller: dispute-lost"];
const SELLER_WON = ["seller: dispute-won", "buyer: dispute-lost"];

describe("tellOfOrder", () => {
  const cases: readonly (readonly [OrderStatus, OrderStatus, EscrowStatus | undefined, string[]])[] = [
    ["created", "created", undefined, ["seller: order-created"]],
    ["created", "deposit_pending", undefined, []],
    ["created", "escrowed", undefined, ["buyer: order-escrowed"]],
    ["escrowed", "payment_sent", undefined, ["seller: order-paid"]],
    ["payment_sent", "releasing", undefined, []],
    ["releasing", "completed", undefined, ["buyer: order-released"]],
    ["escrowed", "refunded", undefined, ["seller: order-refunded", "buyer: order-refunded"]],
    ["created", "expired", undefined, ["seller: order-expired", "buyer: order-expired"]],
    ["escrowed", "cancelled", "cancelled_by_seller", ["buyer: order-cancelled"]],
    ["escrowed", "cancelled", "cancelled_by_buyer", ["seller: order-cancelled"]],
    ["created", "cancelled", undefined, ["seller: order-cancelled", "buyer: order-cancelled"]],
    ["payment_sent", "disputed", undefined, OPENING],
    ["disputed", "completed", undefined, BUYER_WON],
    ["disputed", "refunded", undefined, SELLER_WON],
    ["disputed", "split", undefined, ["seller: dispute-split", "buyer: dispute-split"]],
  ];
  it.each(cases)("%s → %s, escrow %s", (previousStatus, status, escrow, expected) => {
    expect(told(tellOfOrder({ ...PARTIES, previousStatus, status, reason: "", at }, escrow))).toEqual(expected);
  });
});

describe("tellOfDispute", () => {
  const cases: readonly (readonly [DisputeStatus, string | null, string[]])[] = [
    ["opened", null, OPENING],
    ["evidence", null, []],
    ["ruled", "buyer", BUYER_WON],
    ["ruled", "seller", SELLER_WON],
    ["ruled", null, []],
    ["ruled", "stranger", []],
    ["closed", "buyer", []],
  ];
  it.each(cases)("%s, winner %s", (status, winnerId, expected) => {
    expect(told(tellOfDispute({ ...PARTIES, disputeId: "dispute", status, winnerId, at }))).toEqual(expected);
  });

  it("tells the same facts as the order", () => {
    const dispute = { ...PARTIES, disputeId: "dispute", at };
    const order = { ...PARTIES, reason: "", at };
    const opened = tellOfOrder({ ...order, previousStatus: "payment_sent", status: "disputed" }, undefined);
    expect(tellOfDispute({ ...dispute, status: "opened", winnerId: null })).toEqual(opened);
    const decided = tellOfOrder({ ...order, previousStatus: "disputed", status: "completed" }, undefined);
    expect(tellOfDispute({ ...dispute, status: "ruled", winnerId: "buyer" })).toEqual(decided);
  });
});

describe("tellOfIssue", () => {
  const cases: readonly (readonly [IssueEvent["change"], IssueEvent["severity"], string[]])[] = [
    ["opened", "critical", ["operators: issue-opened"]],
    ["opened", "high", ["operators: issue-opened"]],
    ["opened", "medium", []],
    ["updated", "critical", []],
    ["resolved", "critical", ["operators: issue-resolved"]],
    ["resolved", "high", []],
  ];
  it.each(cases)("%s, %s", (change, severity, expected) => {
    const issue = { check: "C", fingerprint: "f", summary: "s", entityType: "order", entityId: "1", evidence: {} };
    const life = { occurrences: 1, firstSeen: at, lastSeen: at };
    expect(told(tellOfIssue({ change, severity, ...issue, ...life }))).toEqual(expected);
  });
});
