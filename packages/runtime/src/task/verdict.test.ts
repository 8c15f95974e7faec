import { verdictOf } from "./verdict.ts";

describe("what becomes of a message", () => {
  it.each([
    [{ kind: "completed" } as const, { say: "ack" }],
    [{ kind: "cancelled" } as const, { say: "ack" }],
    [{ kind: "done-before" } as const, { say: "ack" }],
    [{ kind: "lost" } as const, { say: "keep" }],
    [{ kind: "stopped" } as const, { say: "retry", delayMs: 0 }],
    [{ kind: "busy" } as const, { say: "retry", delayMs: 1_000 }],
    [{ kind: "failed", error: new Error("x"), attempt: 2, last: false } as const, { say: "retry", delayMs: 2_000 }],
    [{ kind: "failed", error: new Error("x"), attempt: 5, last: true } as const, { say: "term" }],
  ])("%j", (outcome, verdict) => {
    expect(verdictOf(outcome, () => 1)).toEqual(verdict);
  });
});
