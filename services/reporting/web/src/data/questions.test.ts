import { questionsChangedBy } from "./questions.ts";
import { readRunFilter, searchOf } from "./run-filter.ts";

describe("questionsChangedBy", () => {
  it.each([
    ["vigia.event.run.completed.chain-sync.sync", ["overview", "jobs", "runs"]],
    ["vigia.event.escrow.funded.1.0x01", ["overview", "chain"]],
    ["vigia.event.consistency-issue.opened.high.SELF_TRADE", ["overview", "issues"]],
    ["vigia.event.order.expired.1", []],
  ])("%s", (subject, questions) => {
    expect(questionsChangedBy(subject)).toEqual(questions);
  });
});

describe("the filter in the address", () => {
  it("survives a reload", () => {
    const filter = { task: "chain-sync.sync", status: "failed" };
    expect(readRunFilter(`?${searchOf(filter)}`)).toEqual(filter);
  });

  it("leaves out what is not set", () => {
    expect(searchOf({ task: "", status: undefined, limit: "15" })).toBe("limit=15");
    expect(readRunFilter("?task=")).toEqual({ task: undefined, status: undefined });
  });
});
