import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  /** When it started, in the system's own words: with the pid it names one process for ever, pids being used again. */
  readonly started: string;
}

/** What tells this process from a later one with the same pid; undefined where no such process lives. */
export function processIdentity(pid: number): string | undefined {
  const line = existsSync("/proc/self/stat") ? readProcLine(pid) : listWithPs().find((other) => other.pid === pid);
  return line && `${line.pid}@${line.started}`;
}

/**
 * Sends a signal to a process and everything that it started, parents first: PostgreSQL gives each backend a session of
 * its own, so a process group does not reach them. Processes that are gone are passed over.
 */
export function signalFamily(pid: number, signal: NodeJS.Signals): void {
  // The parent first, so that a stopped or killed one cannot start children behind the walk.
  signalOne(pid, signal);
  for (const child of childrenOf(pid)) signalFamily(child, signal);
}

/** Sends a signal to one process; says whether it was there to get it. */
export function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The family of a process, eldest first. Read it before a kill: orphans lose the link to their parent. */
export function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

function childrenOf(pid: number): number[] {
  const lines = existsSync("/proc/self/stat") ? listProc() : listWithPs();
  return lines.filter((line) => line.parent === pid).map((line) => line.pid);
}

function listProc(): ProcessLine[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcLine(Number(name)) ?? []);
}

function readProcLine(pid: number): ProcessLine | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets and may hold anything: read on from the last bracket.
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const started = rest[17];
  if (state === undefined || "ZX".includes(state) || parent === undefined || started === undefined) return undefined;
  return { pid, parent: Number(parent), started };
}

function listWithPs(): ProcessLine[] {
  if (process.platform === "win32") return [];
  const listing = execFileSync("ps", ["-axo", "pid=,ppid=,stat=,lstart="], { encoding: "utf8" });
  return listing.split("\n").flatMap((text) => {
    const [, pid, parent, state, started] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(text) ?? [];
    if (started === undefined || state?.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), started }];
  });
}
