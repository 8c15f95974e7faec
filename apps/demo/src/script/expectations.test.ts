import { compareWithExpectations, type Expectations, notificationKey, type Observed } from "./expectations.ts";

const EXPECTED: Expectations = {
  orders: [{ tale: "t", orderId: "o1", status: "completed" }],
  escrows: [{ tale: "t", escrowId: "0xe1", status: "released", source: "event", logs: 4 }],
  findings: [{ tale: "t", check: "AMOUNT_MISMATCH", entityId: "o2" }],
  notifications: [{ tale: "t", userId: "u1", userName: "Ann", orderId: "o1" }],
  healthy: ["o1", "0xe1"],
};

const SEEN: Observed = {
  orders: new Map([["o1", "completed"]]),
  escrows: new Map([["0xe1", { status: "released", source: "event", logs: 4 }]]),
  findings: [{ check: "AMOUNT_MISMATCH", entityId: "o2" }],
  notifications: new Map([[notificationKey("u1", "o1"), 2]]),
};

describe("comparing what was seen with what was expected", () => {
  const cases: readonly (readonly [name: string, seen: Partial<Observed>, wrong: readonly string[]])[] = [
    ["all as expected", {}, []],
    ["a finding on something else", { findings: [...SEEN.findings, { check: "X", entityId: "o3" }] }, []],
    ["another order status", { orders: new Map([["o1", "disputed"]]) }, ["disputed"]],
    ["no order", { orders: new Map() }, ["no order"]],
    ["no escrow", { escrows: new Map() }, ["no escrow"]],
    [
      "a log recorded twice",
      { escrows: new Map([["0xe1", { status: "released", source: "event", logs: 5 }]]) },
      ["released by event, 5 logs"],
    ],
    ["nothing found", { findings: [] }, ["0 AMOUNT_MISMATCH"]],
    ["found twice", { findings: [...SEEN.findings, ...SEEN.findings] }, ["2 AMOUNT_MISMATCH"]],
    ["nobody told", { notifications: new Map() }, ["0"]],
    [
      "a finding on a healthy escrow",
      { findings: [...SEEN.findings, { check: "X", entityId: "31337:0xc:0xe1" }] },
      ["X 31337:0xc:0xe1"],
    ],
  ];

  it.each(cases)("%s", (_name, seen, wrong) => {
    const lines = compareWithExpectations(EXPECTED, { ...SEEN, ...seen });
    expect(lines).toHaveLength(5);
    expect(lines.filter((line) => !line.ok).map((line) => line.seen)).toEqual(wrong);
  });
});
