/**
 * Why a request failed, which decides what to do about it: ask again later (`unreachable`, `busy`), ask for less
 * (`range`), wait for the node (`behind`), or report it (`refused`: the node answered and said no; `untrue`: what it
 * answered cannot be so).
 */
export type RpcProblem = "unreachable" | "busy" | "range" | "behind" | "refused" | "untrue";

export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly problem: RpcProblem;
  /** How long the endpoint asked us to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: RpcProblem, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.problem = problem;
    this.retryAfterMs = options.retryAfterMs;
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

const LIMIT_EXCEEDED_CODE = -32_005;

/**
 * Providers agree on neither codes nor words. The head comes before the range: a node that is behind needs time, not a
 * smaller range.
 */
const WORDS: readonly (readonly [RpcProblem, RegExp])[] = [
  ["behind", /(beyond|after|greater than|past|exceeds).{0,20}(head|(latest|current) block)/i],
  ["behind", /header not found|unknown block|block not found/i],
  ["range", /block range|range is too|too (large|wide)|more than \d+ (results|logs)|response size|result set/i],
  ["range", /(limited to|max(imum)?).{0,20}(blocks|range|results|logs)/i],
  ["busy", /\brate\b|rate.?limit|too many requests|capacity|throughput|compute units/i],
  ["busy", /try again|timed? ?out|overload/i],
];

export function problemOf({ code, message }: AnsweredError): RpcProblem {
  const known = WORDS.find(([, words]) => words.test(message));
  if (known) return known[0];
  return code === LIMIT_EXCEEDED_CODE ? "range" : "refused";
}
