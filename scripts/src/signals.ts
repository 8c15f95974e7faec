import type { Shutdown } from "./shutdown.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const EXIT_FORCED = 130;
/** npm hands on a Ctrl-C that the terminal has sent to everybody already: within this time it is the same one. */
const SAME_SIGNAL_MS = 1_000;

/** The first signal stops everything in order; a second one, by somebody who will not wait, at once. */
export function stopOnSignals(shutdown: Shutdown, say: (line: string) => void): void {
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      say("\nvigia: stopping (Ctrl-C again kills everything at once)");
      void shutdown.run();
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS) {
      // What still runs is killed by the exit hooks of those who started it.
      process.exit(EXIT_FORCED);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  // Nobody reads any more (a closed terminal, a pager that was left): that is an end as well, and no hurry.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => void shutdown.run());
}
