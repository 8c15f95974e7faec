import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "@vigia/database";
import type { InjectedFault } from "./history.ts";

const LOOK_EVERY_MS = 250;
/** A commit that takes longer, with nothing in its way: whatever the machine does besides leaves no time for us. */
const SLOW_MS = 2_000;

/** The machine's own stalls, which no one planned: a limit in seconds says little where everything stands still. */
export interface Machine {
  /** Since when it has kept up. */
  wellSince(): number;
  /** The stalls, as faults that befall all. */
  stop(): Promise<InjectedFault[]>;
}

/** Commits a row again and again, by a way of its own, and notes when that took long. */
export function watchMachine(database: Database): Machine {
  const stopping = new AbortController();
  const stalls: InjectedFault[] = [];

  async function beat() {
    const from = Date.now();
    await database.query("UPDATE reliability.pulse SET beats = beats + 1");
    const to = Date.now();
    if (to - from > SLOW_MS) stalls.push({ kind: "machine slow", target: "machine", from, to });
  }

  async function loop() {
    while (!stopping.signal.aborted) {
      // Where Postgres is away, that is a fault which is known.
      await beat().catch(() => undefined);
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const ended = loop();
  return {
    wellSince: () => stalls.at(-1)?.to ?? 0,
    async stop() {
      stopping.abort();
      await ended;
      return stalls;
    },
  };
}
