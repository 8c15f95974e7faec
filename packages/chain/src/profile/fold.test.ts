import type { ChainLog } from "@vigia/database";
import { foldEscrow, foldFurther, isAfter, type ReadState } from "./fold.ts";
import { compileRule } from "./rule.ts";
import type { EventDocument } from "./schema.ts";

const DOCUMENTS: [string, EventDocument][] = [
  [
    "Created",
    { escrow: "id", leadsTo: "pending_deposit", creates: { seller: "s", buyer: "b", token: "t", amount: "a" } },
  ],
  ["Funded", { escrow: "id", leadsTo: "funded", balance: { adds: "a" } }],
  ["Paid", { escrow: "id", leadsTo: "partially_released", balance: { takes: "a" } }],
  ["Noted", { escrow: "id" }],
  ["Locked", { escrow: "id", leadsTo: "locked" }],
  ["Released", { escrow: "id", leadsTo: "released", balance: "empties" }],
];
const RULES = new Map(DOCUMENTS.map(([event, rule]) => [event, compileRule(rule)]));

/** `Event` or `Event amount`, one log in each block. */
function logsOf(...told: string[]): ChainLog[] {
  return told.map((text, index) => {
    const [event = "", amount = "100"] = text.split(" ");
    return {
      blockNumber: 10 + index,
      logIndex: index,
      blockHash: "0x",
      transactionHash: "0x",
      address: "0xc0",
      linkKey: null,
      event,
      escrowId: "one",
      arguments: { s: "seller", b: "buyer", t: "token", a: amount },
      minedAt: new Date(index * 1_000),
    };
  });
}

const withdrawn = (blockNumber: number): ReadState => ({
  status: "refunded",
  balance: "0",
  blockNumber,
  since: new Date(500_000),
});

describe("foldEscrow", () => {
  it.each<[string, string[], ReadState | undefined, string, string, number]>([
    ["created", ["Created"], undefined, "pending_deposit", "0", 10],
    ["funded", ["Created", "Funded"], undefined, "funded", "100", 11],
    ["funded twice", ["Created", "Funded 1", "Funded 2"], undefined, "funded", "3", 12],
    ["paid out in part", ["Created", "Funded 9", "Paid 4"], undefined, "partially_released", "5", 12],
    ["paid out more than it held", ["Created", "Funded 9", "Paid 10"], undefined, "partially_released", "0", 12],
    ["released", ["Created", "Funded", "Locked", "Released"], undefined, "released", "0", 13],
    ["a step that our state machine forbids", ["Created", "Released", "Locked"], undefined, "locked", "0", 12],
    ["an event without a state", ["Created", "Funded", "Noted"], undefined, "funded", "100", 12],
    ["created after its first event", ["Locked", "Created"], undefined, "pending_deposit", "0", 11],
    ["read after its last log", ["Created", "Funded"], withdrawn(11), "refunded", "0", 11],
    ["read, then told otherwise", ["Created", "Funded", "Funded 5"], withdrawn(11), "funded", "5", 12],
    ["read before a log that leaves the state", ["Created", "Funded", "Noted"], withdrawn(11), "refunded", "0", 12],
    [
      "more than a number holds",
      ["Created", `Funded ${2n ** 256n - 1n}`],
      undefined,
      "funded",
      `${2n ** 256n - 1n}`,
      11,
    ],
  ])("%s", (_case, told, read, status, balance, updatedBlock) => {
    expect(foldEscrow(RULES, logsOf(...told), read)?.facts).toMatchObject({ status, balance, updatedBlock });
  });

  it.each([[[]], [["Funded", "Locked"]]])("knows nothing of an escrow that no log creates: %j", (told) => {
    expect(foldEscrow(RULES, logsOf(...told))).toBeUndefined();
  });

  it("names the log whose record is spoiled", () => {
    expect(() => foldEscrow(RULES, logsOf("Created", "Funded much"))).toThrow('log 1 of block 11 holds no amount "a"');
  });

  it("tells each change of state, where and when", () => {
    const { steps, facts } = foldEscrow(RULES, logsOf("Created", "Funded", "Noted", "Funded", "Locked")) ?? {};
    expect(steps).toMatchObject([
      { fromStatus: null, toStatus: "pending_deposit", balance: "0", blockNumber: 10 },
      { fromStatus: "pending_deposit", toStatus: "funded", balance: "100", blockNumber: 11 },
      { fromStatus: "funded", toStatus: "locked", balance: "200", blockNumber: 14, logIndex: 4 },
    ]);
    expect(facts).toMatchObject({ createdBlock: 10, sellerAddress: "seller", statusSince: new Date(4_000) });
  });
});

describe("foldFurther", () => {
  const TOLD = ["Created", "Funded 9", "Noted", "Paid 4", "Locked", "Funded 2", "Released", "Noted", "Locked"];

  it.each(
    TOLD.slice(1).map((_, index) => index + 1),
  )("makes of %d logs and the rest what all of them make", (count) => {
    const logs = logsOf(...TOLD);
    const all = foldEscrow(RULES, logs);
    const before = foldEscrow(RULES, logs.slice(0, count));
    if (!all || !before) throw new Error("the escrow is created");
    const further = foldFurther(RULES, before.facts, logs.slice(count));
    expect(further.facts).toEqual(all.facts);
    expect([...before.steps, ...further.steps]).toEqual(all.steps);
  });

  it("goes on from a state that was read", () => {
    const logs = logsOf("Created", "Funded", "Noted", "Funded 5");
    const read = foldEscrow(RULES, logs.slice(0, 2), withdrawn(11));
    if (!read) throw new Error("the escrow is created");
    expect(foldFurther(RULES, read.facts, logs.slice(2, 3)).facts).toEqual(
      foldEscrow(RULES, logs.slice(0, 3), withdrawn(11))?.facts,
    );
  });

  it.each([
    ["a later block", { blockNumber: 12, logIndex: 0 }, "event", true],
    ["a later log of the block", { blockNumber: 11, logIndex: 3 }, "event", true],
    ["the same log", { blockNumber: 11, logIndex: 2 }, "event", false],
    ["an earlier block", { blockNumber: 10, logIndex: 9 }, "event", false],
    ["a log of the block at whose end the state was read", { blockNumber: 11, logIndex: 3 }, "state", false],
    ["a log after the block at whose end the state was read", { blockNumber: 12, logIndex: 0 }, "state", true],
  ] as const)("takes %s for what it is", (_case, place, statusSource, expected) => {
    const [log] = logsOf("Noted");
    expect(isAfter({ updatedBlock: 11, updatedLog: 2, statusSource }, { ...(log as ChainLog), ...place })).toBe(
      expected,
    );
  });
});
