import { readFilter, searchOf, withFilter } from "./filter.ts";
import { questionsChangedBy } from "./questions.ts";

describe("questionsChangedBy", () => {
  it.each([
    ["vigia.event.run.completed.chain-sync.sync", ["overview", "jobs", "runs", "locks"]],
    ["vigia.event.escrow.funded.1.0x01", ["overview", "chain"]],
    ["vigia.event.consistency-issue.opened.high.SELF_TRADE", ["overview", "issues", "events-found"]],
    ["vigia.event.command.accepted.chain-sync.resync", ["actions", "chain"]],
    ["vigia.event.provider.degraded.1", ["overview", "chain", "events-found"]],
    ["vigia.event.command.completed.scheduler.pause", ["actions", "overview", "jobs"]],
    ["vigia.event.command.completed.deadletters.replay", ["actions", "overview", "dead-letters", "runs"]],
    ["vigia.event.command.completed.notifications.redeliver", ["actions", "overview", "notifications"]],
    ["vigia.event.chain.resync-progress.1", ["actions", "chain"]],
    ["vigia.event.deadletter.added.VIGIA_TICKS", ["overview", "dead-letters", "events-found"]],
    ["vigia.event.run.cancelled.cleanup.expire-orders", ["overview", "jobs", "runs", "locks", "events-found"]],
    ["vigia.event.command.completed.runs.cancel", ["actions", "runs"]],
    ["vigia.event.cleanup-report.expire-orders", ["cleanup"]],
    ["vigia.event.order.expired.1", []],
  ])("%s", (subject, questions) => {
    expect(questionsChangedBy(subject)).toEqual(questions);
  });
});

describe("the filter in the address", () => {
  it("survives a reload", () => {
    const filter = { task: "chain-sync.sync", status: "failed" };
    expect(readFilter(withFilter("", "runs", filter), "runs")).toEqual(filter);
  });

  it("leaves out what is not set", () => {
    expect(searchOf({ task: "", status: undefined, limit: "15" })).toBe("limit=15");
    expect(readFilter("?runs.task=&task=x", "runs")).toEqual({});
    expect(withFilter("?runs.task=x", "runs", {})).toBe("");
  });

  it("is each list's own", () => {
    const search = withFilter("?runs.status=failed", "issues", { status: "all" });
    expect(readFilter(search, "runs")).toEqual({ status: "failed" });
    expect(readFilter(search, "issues")).toEqual({ status: "all" });
  });
});
