import { DISPUTE_STATUSES, DISPUTE_TRANSITIONS, LIVE_DISPUTE_STATUSES, mayDisputeBecome } from "./dispute.ts";
import {
  ESCROW_STATUSES,
  ESCROW_TRANSITIONS,
  LIVE_ESCROW_STATUSES,
  mayEscrowBecome,
  ORDER_PATH_BY_ESCROW,
} from "./escrow.ts";
import {
  ENDED_ORDER_STATUSES,
  ESCROWED_ORDER_STATUSES,
  mayOrderBecome,
  ORDER_STATUSES,
  ORDER_TRANSITIONS,
} from "./order.ts";

type Transitions = Readonly<Record<string, readonly string[]>>;

const MACHINES: readonly {
  name: string;
  start: string;
  states: readonly string[];
  transitions: Transitions;
  ends: string[];
}[] = [
  {
    name: "order",
    start: "created",
    states: ORDER_STATUSES,
    transitions: ORDER_TRANSITIONS,
    ends: ["completed", "cancelled", "expired", "refunded", "split"],
  },
  {
    name: "escrow",
    start: "pending_deposit",
    states: ESCROW_STATUSES,
    transitions: ESCROW_TRANSITIONS,
    ends: [
      ...["released", "refunded", "cancelled_by_buyer", "cancelled_by_seller"],
      ...["resolved_buyer", "resolved_seller", "split"],
    ],
  },
  {
    name: "dispute",
    start: "opened",
    states: DISPUTE_STATUSES,
    transitions: DISPUTE_TRANSITIONS,
    ends: ["closed", "withdrawn", "settled", "timed_out", "refused"],
  },
];

/** Every state that can come after this one, itself included. */
function reachable(transitions: Transitions, start: string): Set<string> {
  const found = new Set([start]);
  for (const state of found) for (const next of transitions[state] ?? []) found.add(next);
  return found;
}

describe.each(MACHINES)("$name", ({ start, states, transitions, ends }) => {
  test("begins with its start, and has transitions for each state", () => {
    expect(states[0]).toBe(start);
    expect(Object.keys(transitions).sort()).toEqual([...states].sort());
  });

  test("nothing leads out of an end, and only out of an end", () => {
    expect(states.filter((state) => transitions[state]?.length === 0).sort()).toEqual([...ends].sort());
  });

  test("every state can be reached", () => {
    expect([...reachable(transitions, start)].sort()).toEqual([...states].sort());
  });

  test("every state leads to an end", () => {
    for (const state of states) {
      expect(ends.some((end) => reachable(transitions, state).has(end))).toBe(true);
    }
  });

  test("nothing becomes itself, and no step is listed twice", () => {
    for (const state of states) {
      const steps = transitions[state] ?? [];
      expect(steps).not.toContain(state);
      expect(new Set(steps).size).toBe(steps.length);
    }
  });
});

test("the groups of states are what they say", () => {
  for (const status of ENDED_ORDER_STATUSES) expect(ORDER_TRANSITIONS[status]).toEqual([]);
  for (const status of ESCROWED_ORDER_STATUSES) expect(ENDED_ORDER_STATUSES).not.toContain(status);
  for (const status of LIVE_ESCROW_STATUSES) expect(ESCROW_TRANSITIONS[status]).not.toEqual([]);
  for (const status of LIVE_DISPUTE_STATUSES) expect(mayDisputeBecome(status, status)).toBe(false);
});

test.each([
  ["a paid order never expires", mayOrderBecome("payment_sent", "expired"), false],
  ["an order without money may expire", mayOrderBecome("created", "expired"), true],
  ["a deposit that was dropped leads back", mayOrderBecome("deposit_pending", "created"), true],
  ["only a paid order is disputed", mayOrderBecome("escrowed", "disputed"), false],
  ["released money does not come back", mayEscrowBecome("released", "refunded"), false],
  ["an escrow is disputed after funding", mayEscrowBecome("pending_deposit", "disputed"), false],
  ["a ruling can be appealed", mayDisputeBecome("appealable", "reopened"), true],
  ["a closed case stays closed", mayDisputeBecome("closed", "reopened"), false],
])("%s", (_, may, expected) => {
  expect(may).toBe(expected);
});

test("an order follows its escrow by states that it has, and ends with the escrow", () => {
  for (const escrow of ESCROW_STATUSES) {
    const path = ORDER_PATH_BY_ESCROW[escrow];
    const last = path.at(-1);
    expect(path.every((status) => ORDER_STATUSES.includes(status))).toBe(true);
    if (ESCROW_TRANSITIONS[escrow].length === 0) expect(ENDED_ORDER_STATUSES).toContain(last);
    else expect(ENDED_ORDER_STATUSES).not.toContain(last);
  }
});
