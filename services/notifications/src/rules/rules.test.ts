import type { DisputeStatus, EscrowStatus, OrderStatus } from "@vigia/messages";
import type { Telling } from "../notice.ts";
import { concernsOperators, tellOfAlert } from "./alerts.ts";
import { tellOfDispute } from "./disputes.ts";
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
    expect(told(tellOfOrder({ ...PARTIES, previousStatus, status, reason: "", at }, { escrow }))).toEqual(expected);
  });
});

describe("tellOfOrder, where a fork undid a step", () => {
  const undone = { ...PARTIES, reason: "", at, source: "reorg" } as const;
  it.each<[OrderStatus, OrderStatus, string[]]>([
    ["escrowed", "created", ["buyer: order-undone"]],
    ["refunded", "escrowed", ["seller: order-undone", "buyer: order-undone"]],
    ["disputed", "payment_sent", ["seller: order-undone", "buyer: order-undone", "operators: order-undone"]],
    ["completed", "disputed", ["buyer: order-undone", "seller: order-undone"]],
  ])("%s, back to %s: those who were told of it", (previousStatus, status, expected) => {
    expect(told(tellOfOrder({ ...undone, previousStatus, status }, {}))).toEqual(expected);
  });

  it("tells once of several steps, and lets a dispute that comes again be told again", () => {
    const decided = tellOfOrder({ ...undone, previousStatus: "completed", status: "disputed" }, {});
    const opened = tellOfOrder({ ...undone, previousStatus: "disputed", status: "payment_sent" }, {});
    expect(opened.fact).toBe(decided.fact);
    const again = { ...PARTIES, reason: "", at, previousStatus: "payment_sent", status: "disputed" } as const;
    expect(opened.retracts).toEqual([tellOfOrder(again, {}).fact]);
  });
});

describe("tellOfOrder, of what the marketplace's backend says", () => {
  const cases: readonly (readonly [OrderStatus, EscrowStatus | undefined, string[]])[] = [
    ["created", undefined, ["seller: order-created"]],
    ["payment_sent", "locked", ["seller: order-paid"]],
    ["cancelled", undefined, ["seller: order-cancelled", "buyer: order-cancelled"]],
    ["escrowed", undefined, []],
    ["escrowed", "pending_deposit", []],
    ["escrowed", "funded", ["buyer: order-escrowed"]],
    ["escrowed", "refunded", []],
    ["completed", "locked", []],
    ["completed", "released", ["buyer: order-released"]],
    ["refunded", "released", []],
    ["split", "disputed", []],
  ];
  it.each(cases)("%s, escrow %s", (status, escrow, expected) => {
    expect(told(tellOfOrder({ ...PARTIES, status, reason: "", at }, { byBackend: true, escrow }))).toEqual(expected);
  });

  it("takes an order that leaves its dispute without a decision for none that was split", () => {
    const order = { ...PARTIES, previousStatus: "disputed", status: "payment_sent", reason: "", at } as const;
    expect(told(tellOfOrder(order, { byBackend: true }))).toEqual(["seller: order-paid"]);
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
    expect(told(tellOfDispute({ ...PARTIES, disputeId: "dispute", status, winnerId, at }, ["dispute"]))).toEqual(
      expected,
    );
  });

  const dispute = { ...PARTIES, at };
  const order = { ...PARTIES, reason: "", at };
  const sameFacts: readonly (readonly [string, string[], string])[] = [
    ["before the marketplace has a dispute", [], "first"],
    ["of the first", ["first"], "first"],
    ["of a second", ["first", "second"], "second"],
  ];
  it.each(sameFacts)("tells the same facts as the order, %s", (_, disputes, disputeId) => {
    const opened = tellOfOrder({ ...order, previousStatus: "payment_sent", status: "disputed" }, { disputes });
    const opens = { ...dispute, disputeId, status: "opened", winnerId: null } as const;
    expect(tellOfDispute(opens, disputes)).toEqual(opened);
    const decided = tellOfOrder({ ...order, previousStatus: "disputed", status: "completed" }, { disputes });
    const rules = { ...dispute, disputeId, status: "ruled", winnerId: "buyer" } as const;
    expect(tellOfDispute(rules, disputes)).toEqual(decided);
  });

  it("tells of each dispute over an order as of a fact of its own", () => {
    const facts = ["first", "second", "third"].flatMap((disputeId, index, all) => {
      const event = { ...dispute, disputeId, winnerId: "buyer" };
      const known = all.slice(0, index + 1);
      return (["opened", "ruled"] as const).map((status) => tellOfDispute({ ...event, status }, known).fact);
    });
    expect(new Set(facts).size).toBe(6);
  });
});

it.each([
  ["opened", "critical", true],
  ["opened", "high", true],
  ["opened", "medium", false],
  ["updated", "critical", false],
  ["reopened", "high", true],
  ["acknowledged", "high", true],
  ["resolved", "critical", true],
  ["resolved", "low", false],
] as const)("an issue that is %s and %s concerns operators: %s", (change, severity, concerns) => {
  expect(concernsOperators({ change, severity })).toBe(concerns);
});

describe("tellOfAlert", () => {
  const group = { check: "C", severity: "high", meaning: "it is wrong", sample: [] } as const;
  const settled = { told: true, repeats: false, open: 0, quiet: 0, opened: 0, resolved: 0 };
  const cases: readonly (readonly [string, Partial<typeof settled>, string[]])[] = [
    ["the first of them", { told: false, open: 2, opened: 2 }, ["operators: issue-opened"]],
    ["one more", { open: 3, opened: 1, resolved: 1 }, ["operators: issue-opened"]],
    ["one less", { open: 2, resolved: 1 }, ["operators: issue-still-open"]],
    ["as it was", { open: 2 }, []],
    ["as it was, for long", { open: 2, repeats: true }, ["operators: issue-still-open"]],
    ["none left", { resolved: 2 }, ["operators: issue-resolved"]],
    ["none left, after the last was acknowledged", {}, ["operators: issue-resolved"]],
    ["come and gone", { told: false }, []],
    ["acknowledged, all of them", { quiet: 2, repeats: true }, []],
    ["acknowledged, but for one that ended", { quiet: 2, resolved: 1, repeats: true }, []],
    ["acknowledged before anybody was told", { told: false, quiet: 1 }, []],
    ["acknowledged, and one more", { quiet: 2, open: 1, opened: 1 }, ["operators: issue-opened"]],
  ];
  it.each(cases)("%s", (_, changes, expected) => {
    expect(told(tellOfAlert({ ...group, ...settled, ...changes }))).toEqual(expected);
  });
});
