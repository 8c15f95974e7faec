import type { RunCheck } from "../../check.ts";

export const canaryNotFound: RunCheck = {
  code: "CANARY_NOT_FOUND",
  severity: "high",
  meaning: "the checks did not find the violation that was planted for them to find",
  why: "They are blind: none is opened and none is resolved until they see again.",
  remedy:
    "See which database `DATABASE_URL` leads to; a copy that lags behind shows what has been. Then run the check again.",
  entityType: "service",
  graceSeconds: 0,
  inhibits: [],
  judge: ({ canaryFound }) => (canaryFound ? [] : [{ entityId: "consistency", evidence: {} }]),
};
