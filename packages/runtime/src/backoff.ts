const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * How long to wait after the `attempt`th failure (from 1) in a row, in milliseconds: doubles each time up to `longestMs`,
 * with up to half of it as jitter, so that many do not come back at once.
 */
export function backoffMs(attempt: number, random: () => number = Math.random, longestMs = LONGEST_WAIT_MS): number {
  const full = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), longestMs);
  return Math.round(full * (0.5 + random() / 2));
}
