import type { ChainLog } from "@vigia/database";
import type { EscrowStatus } from "@vigia/messages";
import { compileRule } from "./rule.ts";
import type { EventDocument } from "./schema.ts";

const logWith = (args: Record<string, unknown>): ChainLog => ({
  blockNumber: 1,
  logIndex: 0,
  blockHash: "0x",
  transactionHash: "0x",
  address: "0xc0",
  event: "Told",
  escrowId: "one",
  linkKey: null,
  arguments: args,
  minedAt: new Date(0),
});

describe("a rule", () => {
  describe("leads to", () => {
    const LEADS_TO: EventDocument["leadsTo"] = [
      { to: "resolved_buyer", from: "disputed", when: { how: 1 } },
      { to: "resolved_seller", from: ["disputed", "frozen"], when: { how: ["2", "3"] } },
      { to: "partially_released", when: { isLast: false, how: 1 } },
      { to: "split", when: { to: "0xAB", "order.kind": 7 } },
      { to: "released", from: "none", when: { $balance: 0 } },
    ].map((each) => ({ ...each, when: texts(each.when) })) as never;

    /** As the schema reads them: numbers become texts. */
    function texts(when: object): object {
      const text = (value: unknown) => (typeof value === "number" ? String(value) : value);
      return Object.fromEntries(Object.entries(when).map(([name, value]) => [name, text(value)]));
    }

    it.each<[string, EscrowStatus | null, Record<string, unknown>, bigint, EscrowStatus | undefined]>([
      ["the state before and an argument", "disputed", { how: "1" }, 5n, "resolved_buyer"],
      ["one of several states and values", "frozen", { how: "3" }, 5n, "resolved_seller"],
      ["two arguments, one a flag", "funded", { how: "1", isLast: false }, 5n, "partially_released"],
      ["an address, and a member of a tuple", "funded", { to: "0xab", order: { kind: "7" } }, 5n, "split"],
      ["no state before, and an empty balance", null, {}, 0n, "released"],
      ["nothing, where another state was before", "funded", {}, 0n, undefined],
      ["nothing, where an argument is another", "disputed", { how: "4" }, 0n, undefined],
    ])("%s", (_case, before, args, balance, after) => {
      expect(compileRule({ leadsTo: LEADS_TO }).statusAfter(before, balance, logWith(args))).toBe(after);
    });
  });

  describe("changes the balance", () => {
    it.each<[string, EventDocument["balance"], Record<string, unknown>, bigint]>([
      ["not at all", undefined, {}, 100n],
      ["to nothing", "empties", {}, 0n],
      ["by what comes in", { adds: "a" }, { a: "7" }, 107n],
      ["by what goes out", { takes: "a" }, { a: "7" }, 93n],
      ["by a list of amounts", { takes: "list" }, { list: ["1", "2", "3"] }, 94n],
      ["by several arguments", { takes: ["a", "list", "deal.fee"] }, { a: "7", list: ["1"], deal: { fee: "2" } }, 90n],
      ["by nothing, where a list is empty", { adds: "list" }, { list: [] }, 100n],
      ["never below nothing", { takes: "a" }, { a: "101" }, 0n],
    ])("%s", (_case, balance, args, after) => {
      expect(compileRule({ balance }).balanceAfter(100n, logWith(args))).toBe(after);
    });

    it("names the log whose record holds no amount", () => {
      expect(() =>
        compileRule({ balance: { takes: "list" } }).balanceAfter(1n, logWith({ list: ["1", "much"] })),
      ).toThrow('log 0 of block 1 holds no amount "list"');
    });
  });

  it("says who trades what, by arguments, the emitting contract or as it is", () => {
    const creates = { seller: "deal.seller", buyer: "$address", token: "native", amount: "a" };
    const { creates: found } = compileRule({ creates });
    const log = logWith({ deal: { seller: "0x5e" }, a: "12" });
    expect(found?.seller(log)).toBe("0x5e");
    expect(found?.buyer(log)).toBe("0xc0");
    expect(found?.token(log)).toBe(`0x${"0".repeat(40)}`);
    expect(found?.amount(log)).toBe("12");
  });
});
