import { ESCROW_UNDONE, type EscrowStatus, FOLLOWED_ESCROW, type OrderStatus } from "@vigia/messages";
import { type OrderStep, stepsToUndo } from "./order-undoing.ts";

const step = (from: OrderStatus, to: OrderStatus, reason: string | null = FOLLOWED_ESCROW): OrderStep => ({
  from,
  to,
  reason,
});
const ESCROWED = step("created", "escrowed");
const COMPLETED = step("escrowed", "completed");
const PAID = step("escrowed", "payment_sent", null);
const back = ({ from, to }: OrderStep) => step(to, from ?? "created", ESCROW_UNDONE);

const cases: readonly (readonly [string, readonly OrderStep[], OrderStatus, readonly EscrowStatus[], OrderStep[]])[] = [
  ["what its escrow still says stays", [ESCROWED, COMPLETED], "completed", ["funded", "released"], []],
  ["an end that was undone is taken back", [ESCROWED, COMPLETED], "completed", ["funded"], [COMPLETED]],
  ["all is, where the escrow is gone", [ESCROWED, COMPLETED], "completed", [], [COMPLETED, ESCROWED]],
  ["a state on the way to another is supported", [ESCROWED], "escrowed", ["funded", "cancelled_by_seller"], []],
  ["what somebody else did since stays", [ESCROWED, PAID], "payment_sent", [], []],
  ["also where only the status tells of it", [ESCROWED], "payment_sent", [], []],
  [
    "and what was before it",
    [ESCROWED, PAID, step("payment_sent", "completed")],
    "completed",
    [],
    [step("payment_sent", "completed")],
  ],
  ["after one fork, another one goes on", [ESCROWED, COMPLETED, back(COMPLETED)], "escrowed", [], [ESCROWED]],
  ["nothing is undone twice", [ESCROWED, back(ESCROWED)], "created", [], []],
  ["what was followed anew is undone anew", [ESCROWED, back(ESCROWED), ESCROWED], "escrowed", [], [ESCROWED]],
];

it.each(cases)("of an order's steps: %s", (_, history, status, reached, expected) => {
  expect(stepsToUndo(history, status, reached)).toEqual(expected);
});
