import type { RunCheck } from "../../check.ts";

export const replicaNotRead: RunCheck = {
  code: "REPLICA_NOT_READ",
  severity: "low",
  meaning: "the replica that the checks are to read from can't be read, or lags too far behind",
  why: "They read from the primary instead, beside all who write there.",
  remedy:
    "Read the reason. See `pg_stat_replication` on the primary, and that `CONSISTENCY_REPLICA_URL` leads to a copy of it.",
  entityType: "service",
  graceSeconds: 0,
  inhibits: [],
  judge: ({ replicaUnread }) =>
    replicaUnread === undefined ? [] : [{ entityId: "consistency", evidence: { reason: replicaUnread } }],
};
