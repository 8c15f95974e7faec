import { setTimeout as sleep } from "node:timers/promises";

const STOP_TIMEOUT_MS = 30_000;

/** Ends what was started, once, in reverse order. */
export interface Shutdown {
  /** Aborted as soon as the end has begun. */
  readonly signal: AbortSignal;
  /** Adds something that has been started; where the end has begun already, it is stopped at once. */
  add(stop: () => Promise<void>): void;
  /** Stops everything. The second call returns the first one's promise. Returns whether all ended within the limit. */
  run(): Promise<boolean>;
}

export function createShutdown(warn: (line: string) => void): Shutdown {
  const begun = new AbortController();
  const stops: (() => Promise<void>)[] = [];
  let ended: Promise<boolean> | undefined;

  const stopOne = async (stop: () => Promise<void>): Promise<void> => {
    try {
      await stop();
    } catch (error) {
      warn(`while stopping: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const stopAll = async (): Promise<true> => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stopOne(stop);
    return true;
  };

  return {
    signal: begun.signal,
    add: (stop) => {
      stops.push(stop);
      if (begun.signal.aborted) ended = Promise.all([ended, stopAll()]).then(([first]) => first ?? true);
    },
    run: () => {
      if (ended === undefined) {
        begun.abort(new Error("stopped"));
        const limit = new AbortController();
        const tooLate = sleep(STOP_TIMEOUT_MS, false as const, { ref: false, signal: limit.signal }).catch(() => false);
        ended = Promise.race([stopAll(), tooLate]).finally(() => limit.abort());
      }
      return ended;
    },
  };
}
