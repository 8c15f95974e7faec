import type { EscrowStatus, OrderStatus } from "@vigia/messages";
import type { Action } from "../action.ts";

/** An action; or waiting for Vigia: until the order has a status, or until the order's escrow has a row. */
export type Step = Action | { readonly untilOrder: OrderStatus } | "untilRecorded" | "createUnannounced" | "letExpire";

type Party = "seller" | "buyer";

/** One trade of the script: how it goes, and what must have become of it in the end. */
export interface Tale {
  readonly title: string;
  readonly asset: "ETH" | "ERC-20";
  /** The status the order is added with. */
  readonly begins: OrderStatus;
  readonly steps: readonly Step[];
  readonly order: OrderStatus;
  readonly escrow?: { readonly status: EscrowStatus; readonly source: "event" | "state" };
  /** Who must have been told about the order. */
  readonly told: readonly Party[];
  /** What must be found, and on what: nothing else may be, and without this nothing at all. */
  readonly finding?: { readonly check: string; readonly on: "order" | "escrow" | "dispute" };
}

const DEPOSIT: readonly Step[] = ["announceDeposit", "createEscrow", "fund", "lock", { untilOrder: "escrowed" }];
const DISPUTE: readonly Step[] = [...DEPOSIT, "sendPayment", "dispute", { untilOrder: "disputed" }, "openCase"];

function tale(title: string, told: Omit<Tale, "title" | "asset" | "begins"> & Partial<Tale>): Tale {
  return { title, asset: "ETH", begins: "created", ...told };
}

function byEvent(status: EscrowStatus): { status: EscrowStatus; source: "event" } {
  return { status, source: "event" };
}

export const TALES: readonly Tale[] = [
  tale("a trade in ETH", {
    steps: [...DEPOSIT, "sendPayment", "startRelease", "release"],
    order: "completed",
    escrow: byEvent("released"),
    // The seller of the new order and of the payment, which the marketplace's backend wrote.
    told: ["seller", "buyer"],
  }),
  tale("a trade in tokens", {
    asset: "ERC-20",
    steps: [...DEPOSIT, "sendPayment", "startRelease", "release"],
    order: "completed",
    escrow: byEvent("released"),
    // The seller of the new order and of the payment, which the marketplace's backend wrote.
    told: ["seller", "buyer"],
  }),
  tale("refunded by the buyer", {
    steps: [...DEPOSIT, "refund"],
    order: "refunded",
    escrow: byEvent("refunded"),
    told: ["buyer"],
  }),
  tale("disputed, won by the buyer", {
    steps: [...DISPUTE, "ruleForBuyer", "resolveToBuyer", { untilOrder: "completed" }, "executeRuling", "closeCase"],
    order: "completed",
    escrow: byEvent("resolved_buyer"),
    told: ["seller", "buyer"],
  }),
  tale("disputed, split", {
    steps: [...DISPUTE, "ruleSplit", "split", { untilOrder: "split" }, "executeRuling", "closeCase"],
    order: "split",
    escrow: byEvent("split"),
    told: ["seller", "buyer"],
  }),
  tale("never funded, one", { steps: ["letExpire"], order: "expired", told: ["seller", "buyer"] }),
  tale("never funded, two", { steps: ["letExpire"], order: "expired", told: ["seller", "buyer"] }),
  tale("past its time, but with an escrow", {
    steps: ["createUnannounced", "untilRecorded", "letExpire"],
    order: "created",
    escrow: byEvent("pending_deposit"),
    told: [],
  }),
  tale("withdrawn without an event", {
    steps: ["announceDeposit", "createEscrow", "fund", { untilOrder: "escrowed" }, "withdrawSilently"],
    order: "refunded",
    escrow: { status: "refunded", source: "state" },
    told: ["buyer"],
    finding: { check: "CHAIN_SILENT_TRANSITION", on: "escrow" },
  }),
  tale("planted: escrowed without an escrow", {
    begins: "escrowed",
    steps: [],
    order: "escrowed",
    told: [],
    finding: { check: "ORDER_ESCROW_MISSING", on: "order" },
  }),
  tale("planted: completed by hand, escrow locked", {
    steps: [...DEPOSIT, "completeByHand"],
    order: "completed",
    escrow: byEvent("locked"),
    told: ["buyer"],
    finding: { check: "ORDER_COMPLETED_ESCROW_OPEN", on: "order" },
  }),
  tale("planted: the order's amount altered", {
    steps: [...DEPOSIT, "alterAmount"],
    order: "escrowed",
    escrow: byEvent("locked"),
    told: ["buyer"],
    finding: { check: "AMOUNT_MISMATCH", on: "order" },
  }),
  // Made an hour old, like all that is planted, it is older than its escrow's deposit. That its order is not disputed follows.
  tale("planted: a dispute from before the deposit", {
    steps: [...DEPOSIT, "sendPayment", "openCase"],
    order: "payment_sent",
    escrow: byEvent("locked"),
    told: ["buyer"],
    finding: { check: "DISPUTE_BEFORE_FUNDING", on: "dispute" },
  }),
];

/** What each of these calls leaves on the chain: one log. `withdrawSilently` is not here, and that is its point. */
const LOGGED: ReadonlySet<unknown> = new Set<Step>([
  "createEscrow",
  "createUnannounced",
  "fund",
  "lock",
  "release",
  "refund",
  "dispute",
  "resolveToBuyer",
  "split",
]);

export function countLogs(steps: readonly Step[]): number {
  return steps.filter((step) => LOGGED.has(step)).length;
}
