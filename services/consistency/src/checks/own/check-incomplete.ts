import type { RunCheck } from "../../check.ts";

export const checkIncomplete: RunCheck = {
  code: "CHECK_INCOMPLETE",
  severity: "high",
  meaning: "the check failed",
  why: "What it looks for may be there and is not told; its open issues stay as they are.",
  remedy:
    "Read the reason. After a time-out look for a missing index or a lock; then `vigia trigger consistency.check`.",
  entityType: "check",
  graceSeconds: 0,
  inhibits: [],
  judge: ({ incomplete }) => [...incomplete].map(([entityId, reason]) => ({ entityId, evidence: { reason } })),
};
