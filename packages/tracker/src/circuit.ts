/** The store behind the circuit is taken for unwell; the call was not made. */
export class CircuitOpenError extends Error {
  override readonly name = "CircuitOpenError";
}

export interface CircuitOptions {
  /** Resolves when the store is well again. Must end in bounded time. */
  readonly probe: () => Promise<void>;
  /** Whether a failure is the store's own answer, which leaves no doubt that it is unwell. */
  readonly isCertain: (failure: unknown) => boolean;
  readonly onOpen: (reason: unknown) => void;
  readonly onClose: () => void;
  readonly probeEveryMs?: number;
}

export interface Circuit {
  readonly isOpen: boolean;
  /** Runs the call, or rejects at once with `CircuitOpenError` while the circuit is open. */
  run<T>(call: () => Promise<T>): Promise<T>;
  open(reason: unknown): void;
  stop(): void;
}

/** One slow answer may be our own event loop's fault; two in a row are the store's. */
const FAILURES_TO_OPEN = 2;
const PROBE_EVERY_MS = 500;
/** Within this of being well, being unwell again is a relapse. */
const RELAPSE_MS = 10_000;
const LONGEST_PROBE_PAUSE_MS = 30_000;

/**
 * Stops calling a store that fails, probes it, and lets calls through again once a probe succeeds. A store that takes
 * probes and fails again is left alone for twice as long after each relapse, so that nobody is told of it all the time.
 */
export function createCircuit(options: CircuitOptions): Circuit {
  const { probe, isCertain, onOpen, onClose, probeEveryMs = PROBE_EVERY_MS } = options;
  let reason: unknown;
  let isOpen = false;
  let stopped = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = probeEveryMs;
  let closedAtMs = Number.NEGATIVE_INFINITY;

  function probeLater() {
    timer = setTimeout(() => void probeNow(), pauseMs);
    timer.unref();
  }

  async function probeNow() {
    try {
      await probe();
    } catch (error) {
      reason = error;
      if (!stopped) probeLater();
      return;
    }
    if (stopped) return;
    isOpen = false;
    failures = 0;
    closedAtMs = performance.now();
    onClose();
  }

  function open(error: unknown) {
    if (isOpen || stopped) return;
    isOpen = true;
    reason = error;
    const isRelapse = performance.now() - closedAtMs < RELAPSE_MS;
    pauseMs = isRelapse ? Math.min(2 * pauseMs, LONGEST_PROBE_PAUSE_MS) : probeEveryMs;
    probeLater();
    onOpen(error);
  }

  return {
    get isOpen() {
      return isOpen;
    },
    open,
    async run(call) {
      if (isOpen) throw new CircuitOpenError("the store is unwell and is not asked", { cause: reason });
      try {
        const answer = await call();
        failures = 0;
        return answer;
      } catch (error) {
        failures += 1;
        if (failures >= FAILURES_TO_OPEN || isCertain(error)) open(error);
        throw error;
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
