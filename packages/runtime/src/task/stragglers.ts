import type { TaskName } from "@vigia/messages";
import type { Component } from "../service/component.ts";
import type { Logger } from "../service/logging.ts";

/** How long a task may take to end once its signal has aborted. */
const GRACE_MS = 5_000;

/** Runs that did not end when they were told to. They can write no more; only the end of the process ends them. */
export interface Stragglers extends Component {
  /** Settles as the run does, or rejects with the signal's reason some seconds after it aborted in vain. */
  waitFor<T>(task: TaskName, signal: AbortSignal, run: Promise<T>): Promise<T>;
}

export function createStragglers(log: Logger): Stragglers {
  const straggling = new Map<Promise<unknown>, { readonly task: TaskName; readonly toldAtMs: number }>();

  function note(task: TaskName, run: Promise<unknown>) {
    straggling.set(run, { task, toldAtMs: performance.now() - GRACE_MS });
    log.error({ task, graceMs: GRACE_MS }, "a task ignores its signal and is waited for no longer");
    void run.catch(() => undefined).then(() => straggling.delete(run));
  }

  return {
    name: "stragglers",
    async waitFor(task, signal, run) {
      let timer: NodeJS.Timeout | undefined;
      let beginGrace = () => {};
      const ignored = new Promise<never>((_, reject) => {
        beginGrace = () => {
          timer = setTimeout(() => {
            note(task, run);
            reject(signal.reason);
          }, GRACE_MS);
        };
        if (signal.aborted) beginGrace();
        else signal.addEventListener("abort", beginGrace, { once: true });
      });
      try {
        return await Promise.race([run, ignored]);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", beginGrace);
      }
    },
    problem: () => {
      const [first] = straggling.values();
      if (first === undefined) return undefined;
      const seconds = Math.round((performance.now() - first.toldAtMs) / 1_000);
      return `${first.task} was told to end ${seconds} s ago and still runs`;
    },
    stop: async () => {},
  };
}
