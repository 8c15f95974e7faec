import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Note } from "./history.ts";

/**
 * What a process believes, noted in a file of its own and not in Postgres: when it began a step under its fence, and
 * when it heard that the step was committed. By the machine's monotonic clock, which all its processes share.
 */
export function createNotes(dir: string): (note: Omit<Note, "pid" | "atMs">) => void {
  const file = join(dir, `${process.pid}.jsonl`);
  return (note) => {
    const atMs = Number(process.hrtime.bigint() / 1_000n) / 1_000;
    appendFileSync(file, `${JSON.stringify({ ...note, pid: process.pid, atMs })}\n`);
  };
}

/** All processes' notes, in the order of time. A line that a kill cut short is left out. */
export function readNotes(dir: string): Note[] {
  const lines = readdirSync(dir).flatMap((name) => readFileSync(join(dir, name), "utf8").split("\n"));
  return lines
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Note)
    .sort((one, other) => one.atMs - other.atMs);
}
