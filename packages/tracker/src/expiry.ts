/** An instant on a monotonic clock that can be moved, and that is told once when it has passed. */
export interface Expiry {
  readonly atMs: number;
  leftMs(): number;
  /** Looks at the clock itself: true in the instant after the process was stopped, before any timer could fire. */
  hasPassed(): boolean;
  moveTo(atMs: number): void;
  stop(): void;
}

export function createExpiry(firstAtMs: number, monotonicMs: () => number, onPassed: () => void): Expiry {
  let atMs = firstAtMs;
  let timer: NodeJS.Timeout | undefined;

  const leftMs = () => atMs - monotonicMs();

  function watch() {
    clearTimeout(timer);
    // A timer may fire a little early by this clock; then it is set again.
    timer = setTimeout(() => (leftMs() <= 0 ? onPassed() : watch()), Math.ceil(leftMs()));
  }

  watch();
  return {
    get atMs() {
      return atMs;
    },
    leftMs,
    hasPassed: () => leftMs() <= 0,
    moveTo(nextMs) {
      atMs = nextMs;
      watch();
    },
    stop: () => clearTimeout(timer),
  };
}
