import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { forgetProcess, noteProcess, signalOne } from "@vigia/servers";
import { causeOfDeath, noteworthy, parseEntry } from "./log-line.ts";
import type { ProcessDefinition } from "./services.ts";

const STOP_TIMEOUT_MS = 12_000;
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 15_000;
/** So many deaths in a row, each within `SETTLED_AFTER_MS` of its start, and a service is given up. */
const MAX_QUICK_DEATHS = 6;
const SETTLED_AFTER_MS = 60_000;
/** The same warning is shown once in this time: a service that waits for a server repeats itself. */
const REPEAT_AFTER_MS = 15_000;
const EXIT_BAD_CONFIGURATION = 78;
/** A crash prints its cause near the end. */
const MAX_PLAIN_LINES = 40;

export interface SuperviseOptions {
  readonly definition: ProcessDefinition;
  /** Holds `logs/` and, in `run/`, who runs, so that a later start can end what was left over. */
  readonly dataDir: string;
  /** Shows one line to the person at the terminal. */
  readonly say: (line: string) => void;
}

export interface SupervisedProcess {
  readonly definition: ProcessDefinition;
  /** Why it is not started again, once it was given up. */
  readonly failure: () => string | undefined;
  /** SIGTERM, and SIGKILL after a limit. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL, without waiting for anything. */
  kill(): void;
}

/** Runs a process of ours and starts it again, with growing pauses, when it dies. */
export function supervise({ definition, dataDir, say }: SuperviseOptions): SupervisedProcess {
  const { name } = definition;
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let failure: string | undefined;
  const log = openLog(dataDir, name);
  const show = withoutRepeats((line) => say(`! ${name}: ${line}`));

  const live = async (): Promise<void> => {
    for (let quickDeaths = 0; !stopping.signal.aborted; ) {
      const startedAt = Date.now();
      const plainLines: string[] = [];
      child = startProcess(definition, dataDir, (line) => {
        if (log.writable) log.write(`${line}\n`);
        const entry = parseEntry(line);
        if (entry === undefined) plainLines.push(line);
        if (plainLines.length > MAX_PLAIN_LINES) plainLines.shift();
        const text = entry && noteworthy(entry);
        if (text !== undefined) show(text);
      });
      const code = await endOf(child);
      forgetProcess(runDirOf(dataDir), name);
      if (stopping.signal.aborted) return;
      quickDeaths = Date.now() - startedAt < SETTLED_AFTER_MS ? quickDeaths + 1 : 1;
      const cause = causeOfDeath(plainLines, code === EXIT_BAD_CONFIGURATION);
      const because = ` (${code})${cause === undefined ? "" : `: ${cause}`}`;
      if (code === EXIT_BAD_CONFIGURATION || quickDeaths > MAX_QUICK_DEATHS) {
        failure = `${name} ended${because} and is given up; its log is ${String(log.path)}`;
        return say(`! ${failure}`);
      }
      const pauseMs = Math.min(FIRST_RESTART_MS * 2 ** (quickDeaths - 1), LONGEST_RESTART_MS);
      say(`! ${name} ended unexpectedly${because}; started again in ${pauseMs / 1000} s`);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const life = live().finally(() => log.end());
  return {
    definition,
    failure: () => failure,
    stop: async () => {
      stopping.abort();
      if (child?.pid !== undefined) await endProcess(child, child.pid);
      await life;
    },
    kill: () => {
      stopping.abort();
      if (child?.pid !== undefined && !hasEnded(child)) signalOne(child.pid, "SIGKILL");
    },
  };
}

function runDirOf(dataDir: string): string {
  return join(dataDir, "run");
}

function openLog(dataDir: string, name: string): WriteStream {
  const dir = join(dataDir, "logs");
  mkdirSync(dir, { recursive: true });
  return createWriteStream(join(dir, `${name}.log`));
}

function startProcess(
  { name, file, environment }: ProcessDefinition,
  dataDir: string,
  keepLine: (line: string) => void,
): ChildProcess {
  const child = spawn(process.execPath, ["--enable-source-maps", file], {
    // A group of its own: Ctrl-C must not reach it behind the back of the one who stops things in order.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...systemEnvironment(), ...environment },
  });
  if (child.pid !== undefined) {
    mkdirSync(runDirOf(dataDir), { recursive: true });
    noteProcess(runDirOf(dataDir), name, child.pid);
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface(stream).on("line", keepLine);
  }
  return child;
}

/** Of the caller's environment a service gets what the system needs; its settings are those that are given, no others. */
function systemEnvironment(): NodeJS.ProcessEnv {
  const wanted = [
    "PATH",
    "HOME",
    "LANG",
    "TZ",
    "TMPDIR",
    "SystemRoot",
    "LOG_LEVEL",
    "NODE_OPTIONS",
    "NODE_EXTRA_CA_CERTS",
  ];
  return Object.fromEntries(wanted.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]])));
}

/** The exit code, or the name of the signal that ended it. */
async function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal ?? "no code"));
  });
}

async function endProcess(child: ChildProcess, pid: number): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  signalOne(pid, "SIGTERM");
  const limit = setTimeout(() => signalOne(pid, "SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(limit);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function withoutRepeats(show: (line: string) => void): (line: string) => void {
  const shownAt = new Map<string, number>();
  return (line) => {
    const now = Date.now();
    for (const [text, at] of shownAt) if (now - at > REPEAT_AFTER_MS) shownAt.delete(text);
    if (shownAt.has(line)) return;
    shownAt.set(line, now);
    show(line);
  };
}
