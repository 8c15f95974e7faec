import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Stall } from "./history.ts";

const LOOK_EVERY_MS = 100;
/** A look that comes later than this was kept from coming. */
const LATE_MS = 100;
const MICROSECONDS_PER_MS = 1_000;

/**
 * Notes, in a file of the process's own, when the machine had no time for it: a timer came late, and the process had not
 * been computing meanwhile. A loop that blocks itself by its own work is no stall. By the machine's clock, whatever the
 * process takes for its own.
 */
export function watchStalls(dir: string): void {
  const file = join(dir, `${process.pid}.jsonl`);
  let lookedAt = performance.now();
  let used = process.cpuUsage();
  const look = () => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(used);
    const lateMs = now - lookedAt - LOOK_EVERY_MS;
    const starvedMs = lateMs - (user + system) / MICROSECONDS_PER_MS;
    if (starvedMs > LATE_MS) {
      const [from, to] = [performance.timeOrigin + lookedAt, performance.timeOrigin + now];
      appendFileSync(file, `${JSON.stringify({ pid: process.pid, from, to, starvedMs } satisfies Stall)}\n`);
    }
    lookedAt = now;
    used = process.cpuUsage();
  };
  setInterval(look, LOOK_EVERY_MS).unref();
}

/** All processes' stalls. A line that a kill cut short is left out. */
export function readStalls(dir: string): Stall[] {
  const lines = readdirSync(dir).flatMap((name) => readFileSync(join(dir, name), "utf8").split("\n"));
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Stall);
}
