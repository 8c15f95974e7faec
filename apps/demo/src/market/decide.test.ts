import type { EscrowState } from "@vigia/contracts";
import { type EscrowStatus, mayOrderBecome, ORDER_PATH_BY_ESCROW, type OrderStatus } from "@vigia/messages";
import type { Action } from "../action.ts";
import { decide, type TradeView } from "./decide.ts";
import { PLAN_WEIGHTS, type Plan } from "./plan.ts";

const START: TradeView = {
  plan: "completed",
  order: "created",
  escrow: "None",
  dispute: null,
  altered: false,
  idleSteps: 0,
};

describe("the next action of a trade", () => {
  const cases: readonly (readonly [when: string, view: Partial<TradeView>, action: Action | undefined])[] = [
    ["it was agreed", {}, "announceDeposit"],
    ["it was agreed, and nobody will deposit", { plan: "neverFunded" }, undefined],
    ["its time has passed", { order: "expired" }, undefined],
    ["the deposit was begun", { order: "deposit_pending" }, "createEscrow"],
    ["the escrow was created", { order: "deposit_pending", escrow: "PendingDeposit" }, "fund"],
    ["the escrow is funded", { order: "deposit_pending", escrow: "Funded" }, "lock"],
    ["Vigia has not yet followed the lock", { order: "deposit_pending", escrow: "Locked" }, undefined],
    ["Vigia has followed the lock", { order: "escrowed", escrow: "Locked" }, "sendPayment"],
    ["the payment was sent", { order: "payment_sent", escrow: "Locked" }, "startRelease"],
    ["the release was begun", { order: "releasing", escrow: "Locked" }, "release"],
    ["the escrow was released", { order: "releasing", escrow: "Released" }, undefined],
    ["the seller steps back", { plan: "cancelledBySeller", order: "escrowed", escrow: "Funded" }, "cancelBySeller"],
    ["the buyer steps back", { plan: "cancelledByBuyer", order: "escrowed", escrow: "Funded" }, "cancelByBuyer"],
    ["the seller says nothing", { plan: "withdrawnSilently", order: "escrowed", escrow: "Funded" }, "withdrawSilently"],
    ["the buyer will not pay", { plan: "refunded", order: "escrowed", escrow: "Locked" }, "refund"],
    ["they disagree", { plan: "split", order: "payment_sent", escrow: "Locked" }, "dispute"],
    ["Vigia has not yet followed the dispute", { plan: "split", order: "payment_sent", escrow: "Disputed" }, undefined],
    ["it is disputed", { plan: "split", order: "disputed", escrow: "Disputed" }, "openCase"],
    ["the case is open", { plan: "split", order: "disputed", escrow: "Disputed", dispute: "opened" }, "ruleSplit"],
    ["the case is ruled", { plan: "split", order: "disputed", escrow: "Disputed", dispute: "ruled" }, "split"],
    [
      "the ruling is on the chain",
      { plan: "split", order: "split", escrow: "Split", dispute: "ruled" },
      "executeRuling",
    ],
    ["the ruling was executed", { plan: "split", order: "split", escrow: "Split", dispute: "executed" }, "closeCase"],
    ["the amount is wrong", altered({ idleSteps: 59 }), undefined],
    ["the amount has been wrong for long", altered({ idleSteps: 60 }), "repairAmount"],
    ["the amount is right again", altered({ altered: false, idleSteps: 60 }), "startRelease"],
  ];

  it.each(cases)("when %s", (_when, view, action) => {
    expect(decide({ ...START, ...view })).toBe(action);
  });
});

describe("every plan comes to its end", () => {
  const ends: Record<Plan, { order: OrderStatus; escrow: EscrowState }> = {
    completed: { order: "completed", escrow: "Released" },
    neverFunded: { order: "created", escrow: "None" },
    cancelledBySeller: { order: "cancelled", escrow: "CancelledBySeller" },
    cancelledByBuyer: { order: "cancelled", escrow: "CancelledByBuyer" },
    refunded: { order: "refunded", escrow: "Refunded" },
    disputedToBuyer: { order: "completed", escrow: "ResolvedBuyer" },
    disputedToSeller: { order: "refunded", escrow: "ResolvedSeller" },
    split: { order: "split", escrow: "Split" },
    withdrawnSilently: { order: "refunded", escrow: "Refunded" },
    amountAltered: { order: "completed", escrow: "Released" },
    completedByHand: { order: "completed", escrow: "Locked" },
  };

  it.each(Object.keys(PLAN_WEIGHTS) as Plan[])("%s", (plan) => {
    const { order, escrow, dispute, altered } = playOut(plan);
    expect({ order, escrow }).toEqual(ends[plan]);
    expect({ dispute: dispute ?? "closed", altered }).toEqual({ dispute: "closed", altered: false });
  });
});

/** Longer than any plan, the wait for the repair included. */
const MAX_STEPS = 100;

/** Takes the decisions one after another, with Vigia moving the order after its escrow in between. */
function playOut(plan: Plan): TradeView {
  let view: TradeView = { ...START, plan };
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const action = decide(view);
    if (action === undefined) view = { ...view, idleSteps: view.idleSteps + 1 };
    else view = { ...view, idleSteps: 0, ...EFFECTS[action](view) };
    view = { ...view, order: follow(view.order, view.escrow) };
  }
  return view;
}

const EFFECTS: Record<Action, (view: TradeView) => Partial<TradeView>> = {
  announceDeposit: () => ({ order: "deposit_pending" }),
  createEscrow: () => ({ escrow: "PendingDeposit" }),
  fund: () => ({ escrow: "Funded" }),
  lock: () => ({ escrow: "Locked" }),
  sendPayment: () => ({ order: "payment_sent" }),
  startRelease: () => ({ order: "releasing" }),
  release: () => ({ escrow: "Released" }),
  refund: () => ({ escrow: "Refunded" }),
  cancelByBuyer: () => ({ escrow: "CancelledByBuyer" }),
  cancelBySeller: () => ({ escrow: "CancelledBySeller" }),
  dispute: () => ({ escrow: "Disputed" }),
  openCase: () => ({ dispute: "opened" }),
  ruleForBuyer: () => ({ dispute: "ruled" }),
  ruleForSeller: () => ({ dispute: "ruled" }),
  ruleSplit: () => ({ dispute: "ruled" }),
  resolveToBuyer: () => ({ escrow: "ResolvedBuyer" }),
  resolveToSeller: () => ({ escrow: "ResolvedSeller" }),
  split: () => ({ escrow: "Split" }),
  executeRuling: () => ({ dispute: "executed" }),
  closeCase: () => ({ dispute: "closed" }),
  withdrawSilently: () => ({ escrow: "Refunded" }),
  completeByHand: () => ({ order: "completed" }),
  alterAmount: () => ({ altered: true }),
  repairAmount: () => ({ altered: false }),
};

function follow(order: OrderStatus, escrow: EscrowState): OrderStatus {
  if (escrow === "None") return order;
  const status = escrow.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase() as EscrowStatus;
  return ORDER_PATH_BY_ESCROW[status].reduce((now, next) => (mayOrderBecome(now, next) ? next : now), order);
}

function altered(view: Partial<TradeView>): Partial<TradeView> {
  return { plan: "amountAltered", order: "payment_sent", escrow: "Locked", altered: true, ...view };
}
