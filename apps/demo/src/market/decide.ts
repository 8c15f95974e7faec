import type { EscrowState } from "@vigia/contracts";
import type { DisputeStatus, OrderStatus } from "@vigia/messages";
import type { Action } from "../action.ts";
import type { Plan } from "./plan.ts";

/** All that the next action follows from. */
export interface TradeView {
  readonly plan: Plan;
  readonly order: OrderStatus;
  readonly escrow: EscrowState;
  readonly dispute: DisputeStatus | null;
  /** Whether the order's amount is other than it was agreed. */
  readonly altered: boolean;
  /** How many steps of the market the order has not changed for. */
  readonly idleSteps: number;
}

/** An error in the order is left for this many steps, so that it is found, before somebody puts it right. */
const STEPS_UNTIL_REPAIR = 60;

/** What happens next in a trade; undefined: nothing, or the next move is Vigia's. */
export function decide(view: TradeView): Action | undefined {
  switch (view.escrow) {
    case "None":
      return beforeEscrow(view);
    case "PendingDeposit":
      return view.order === "deposit_pending" ? "fund" : undefined;
    case "Funded":
      return afterDeposit(view.plan);
    case "Locked":
      return afterLock(view);
    case "Disputed":
      return inDispute(view);
    default:
      return afterEnd(view.dispute);
  }
}

function beforeEscrow({ plan, order }: TradeView): Action | undefined {
  if (order === "deposit_pending") return "createEscrow";
  return order === "created" && plan !== "neverFunded" ? "announceDeposit" : undefined;
}

function afterDeposit(plan: Plan): Action {
  if (plan === "cancelledBySeller" || plan === "cancelledByBuyer") {
    return plan === "cancelledBySeller" ? "cancelBySeller" : "cancelByBuyer";
  }
  return plan === "withdrawnSilently" ? "withdrawSilently" : "lock";
}

function afterLock({ plan, order, altered, idleSteps }: TradeView): Action | undefined {
  if (order === "escrowed") {
    if (plan === "refunded") return "refund";
    if (plan === "completedByHand") return "completeByHand";
    return plan === "amountAltered" && !altered ? "alterAmount" : "sendPayment";
  }
  if (order === "payment_sent") {
    if (altered) return idleSteps >= STEPS_UNTIL_REPAIR ? "repairAmount" : undefined;
    return isDisputed(plan) ? "dispute" : "startRelease";
  }
  return order === "releasing" ? "release" : undefined;
}

function isDisputed(plan: Plan): boolean {
  return plan === "disputedToBuyer" || plan === "disputedToSeller" || plan === "split";
}

function inDispute({ plan, order, dispute }: TradeView): Action | undefined {
  if (order !== "disputed") return undefined;
  if (dispute === null) return "openCase";
  if (dispute !== "opened" && dispute !== "ruled") return undefined;
  if (plan === "disputedToBuyer") return dispute === "opened" ? "ruleForBuyer" : "resolveToBuyer";
  if (plan === "disputedToSeller") return dispute === "opened" ? "ruleForSeller" : "resolveToSeller";
  return dispute === "opened" ? "ruleSplit" : "split";
}

function afterEnd(dispute: DisputeStatus | null): Action | undefined {
  if (dispute === "ruled") return "executeRuling";
  return dispute === "executed" ? "closeCase" : undefined;
}
