/**
 * Why a request failed, which decides what to do about it: ask again later (`unreachable`, `busy`), ask for less
 * (`range`), wait for the node (`behind`), look at the chain again (`forked`), or report it (`refused`: the node
 * answered and said no; `untrue`: what it answered cannot be so).
 */
export type RpcProblem = "unreachable" | "busy" | "range" | "behind" | "forked" | "refused" | "untrue";

/** What was wrong with an answer; counted by these names. */
export type Untruth =
  | "malformed"
  | "other_block"
  | "null_block"
  | "foreign_log"
  | "outside_range"
  | "removed_log"
  | "disorder"
  | "other_block_hash"
  | "bloom"
  | "header_hash"
  | "missing_log"
  | "invented_log"
  | "receipts"
  | "other_chain"
  | "other_state"
  | "stale_head"
  | "head_ahead"
  | "finalized_ahead"
  | "other_finalized"
  | "finalized_replaced"
  | "fork_unconfirmed";

export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly problem: RpcProblem;
  readonly untruth: Untruth | undefined;
  /** How long the endpoint asked us to wait. */
  readonly retryAfterMs: number | undefined;
  /** The most blocks that the endpoint takes in one range, where it says so. */
  readonly blockLimit: number | undefined;

  constructor(
    problem: RpcProblem,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number; untruth?: Untruth; blockLimit?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.problem = problem;
    this.untruth = options.untruth ?? (problem === "untrue" ? "malformed" : undefined);
    this.retryAfterMs = options.retryAfterMs;
    this.blockLimit = options.blockLimit;
  }
}

/** The same request may succeed in a moment. */
export function isPassing({ problem }: RpcError): boolean {
  return problem === "unreachable" || problem === "busy";
}

export interface AnsweredError {
  readonly code: number;
  readonly message: string;
}
