import { readFileSync, writeFileSync } from "node:fs";

/** Blocks the event loop for the milliseconds that stand in the file, once: no timer, no renewal, nothing. */
export function hangIfTold(file: string): void {
  const ms = Number(readFileSync(file, "utf8")) || 0;
  if (ms === 0) return;
  writeFileSync(file, "0");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
