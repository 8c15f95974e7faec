import { formatOwner, judgeOwner, parseOwner, pidExists, thisOwner } from "./owner.ts";

const self = { service: "s", host: "h", pid: 10, bootId: "mine" };

describe("owner", () => {
  it.each([
    ["itself", {}, "self"],
    ["its predecessor under the same pid", { bootId: "old" }, "dead"],
    ["a process that is gone", { pid: 11, bootId: "old" }, "dead"],
    ["a process that runs", { pid: 12, bootId: "other" }, "unknown"],
    ["a process elsewhere, also under the same pid", { host: "elsewhere", bootId: "other" }, "unknown"],
  ] as const)("judges %s", (_, part, verdict) => {
    expect(judgeOwner(self, { ...self, ...part }, (pid) => pid === 12)).toBe(verdict);
  });

  it("is read as it was written", () => {
    const owner = thisOwner("chain-sync");
    expect(formatOwner(owner)).toMatch(/^chain-sync@[^#]+#\d+#\S+$/);
    expect(parseOwner(formatOwner(owner))).toEqual(owner);
    expect(parseOwner("somebody")).toBeUndefined();
    expect(() => thisOwner("two words")).toThrow(/not a usable owner name/);
  });

  it("knows which processes exist", () => {
    expect(pidExists(process.pid)).toBe(true);
    expect(pidExists(1)).toBe(true);
    expect(pidExists(2 ** 22 + 1)).toBe(false);
  });
});
