/** The states of a dispute, in the order in which a case goes through them; side exits come last. */
export const DISPUTE_STATUSES = [
  "opened",
  "fee_pending",
  "evidence",
  "under_review",
  "appealable",
  "reopened",
  "ruled",
  "executed",
  "closed",
  "withdrawn",
  "settled",
  "timed_out",
  "refused",
] as const;

export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

export const DISPUTE_TRANSITIONS: Readonly<Record<DisputeStatus, readonly DisputeStatus[]>> = {
  opened: ["fee_pending", "evidence", "under_review", "ruled", "withdrawn", "settled", "timed_out", "refused"],
  fee_pending: ["evidence", "timed_out", "withdrawn", "settled"],
  evidence: ["under_review", "withdrawn", "settled", "timed_out"],
  under_review: ["appealable", "ruled", "withdrawn", "settled", "refused"],
  appealable: ["reopened", "ruled"],
  reopened: ["evidence", "under_review", "ruled", "withdrawn", "settled"],
  ruled: ["executed", "reopened"],
  executed: ["closed"],
  closed: [],
  withdrawn: [],
  settled: [],
  timed_out: [],
  refused: [],
};

/** States in which the case is not decided: the order it is about must be `disputed`. */
export const LIVE_DISPUTE_STATUSES = [
  "opened",
  "fee_pending",
  "evidence",
  "under_review",
  "appealable",
  "reopened",
] as const satisfies DisputeStatus[];

export function mayDisputeBecome(from: DisputeStatus, to: DisputeStatus): boolean {
  return DISPUTE_TRANSITIONS[from].includes(to);
}
