import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askEngine } from "./engine.ts";
import { ServerStartError } from "./errors.ts";
import { endLeftoverOf, forgetProcess, noteProcess } from "./leftover.ts";
import { freePort } from "./port.ts";
import { familyOf, signalFamily, signalOne } from "./process-family.ts";
import type { ServerName } from "./server-name.ts";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const PROBE_EVERY_MS = 25;
const MAX_PORT_CLASHES = 5;
const LOG_TAIL_LINES = 20;

/** A program with its arguments, ready to spawn. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** The name of the container that the command runs in the foreground, if it does. */
  readonly container?: string;
}

export interface LaunchSpec {
  readonly name: ServerName;
  /** Holds the log, the pid file and the data. */
  readonly dir: string;
  readonly command: (port: number) => Command;
  /** Rejects until the server on this port really serves. */
  readonly probe: (port: number) => Promise<void>;
  readonly url: (port: number) => string;
  readonly stopSignal: NodeJS.Signals;
}

/** A running server. All methods are safe to call twice and after the end. */
export interface ServerHandle {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; another one after a restart. */
  readonly pid: number;
  readonly logFile: string;
  /** Ends it in order: the server's own signal first, SIGKILL after ten seconds. */
  stop(): Promise<void>;
  /** Ends it as a power cut would: SIGKILL to the process and its children. */
  kill(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Starts it again on the same port and data, stopping it first where it still runs. */
  restart(): Promise<void>;
  /** Calls back, with the end of the log, each time that the process ends without having been told to. */
  onUnexpectedExit(listener: (error: ServerStartError) => void): void;
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly container: string | undefined;
  paused: boolean;
  ending: boolean;
}

/** Starts a server on a free port of 127.0.0.1 and waits until it serves. */
export async function launch(spec: LaunchSpec): Promise<ServerHandle> {
  mkdirSync(spec.dir, { recursive: true });
  await endLeftoverOf(spec.dir, spec.name);
  const listeners: ((error: ServerStartError) => void)[] = [];
  const logFile = join(spec.dir, `${spec.name}.log`);

  const start = async (port: number): Promise<Running> => {
    const started = await spawnServer(spec, port, logFile);
    started.child.once("exit", () => {
      forgetProcess(spec.dir, spec.name);
      if (started.ending) return;
      for (const listener of listeners) listener(new ServerStartError(spec.name, "ended unexpectedly.", tail(logFile)));
    });
    await waitUntilServing(spec, port, started, logFile);
    return started;
  };

  const first = await startOnFreePort(start);
  const port = first.port;
  let running = first.running;
  return {
    url: spec.url(port),
    port,
    get pid() {
      return running.pid;
    },
    logFile,
    stop: () => stop(running, spec.stopSignal),
    kill: () => kill(running),
    pause: () => pause(running),
    resume: () => resume(running),
    restart: async () => {
      await stop(running, spec.stopSignal);
      running = await start(port);
    },
    onUnexpectedExit: (listener) => void listeners.push(listener),
  };
}

async function startOnFreePort(
  start: (port: number) => Promise<Running>,
): Promise<{ readonly port: number; readonly running: Running }> {
  for (let clash = 1; ; clash++) {
    const port = await freePort();
    try {
      return { port, running: await start(port) };
    } catch (error) {
      // Another process took the port between the draw and the start: draw again.
      const isClash =
        error instanceof ServerStartError && /address (already )?in use|port is already/i.test(error.message);
      if (!isClash || clash === MAX_PORT_CLASHES) throw error;
    }
  }
}

async function spawnServer(spec: LaunchSpec, port: number, logFile: string): Promise<Running> {
  const command = spec.command(port);
  const log = openSync(logFile, "w");
  // A group of its own: Ctrl-C in a terminal must reach the one who stops things in order, not everything at once.
  const child = spawn(command.file, [...command.args], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: spec.dir,
    env: { ...process.env, ...command.env },
    ...(command.uid === undefined ? {} : { uid: command.uid }),
    ...(command.gid === undefined ? {} : { gid: command.gid }),
  });
  closeSync(log);
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new ServerStartError(spec.name, `could not be started: ${String(cause)}`, "", { cause });
  }
  const pid = child.pid ?? 0;
  child.unref();
  noteProcess(spec.dir, spec.name, pid, command.container);
  const endWithParent = (): void => signalFamily(pid, command.container === undefined ? "SIGKILL" : "SIGTERM");
  process.once("exit", endWithParent);
  child.once("exit", () => process.off("exit", endWithParent));
  return { child, pid, container: command.container, paused: false, ending: false };
}

async function waitUntilServing(spec: LaunchSpec, port: number, running: Running, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const failure = await failureOf(spec.probe(port));
    if (hasEnded(running)) throw new ServerStartError(spec.name, "ended while starting.", tail(logFile));
    if (failure === undefined) return;
    if (Date.now() > deadline) {
      running.ending = true;
      await kill(running);
      const reason = `did not serve within ${START_TIMEOUT_MS / 1000} s: ${failure.message}`;
      throw new ServerStartError(spec.name, reason, tail(logFile), { cause: failure });
    }
    await sleep(PROBE_EVERY_MS);
  }
}

async function failureOf(attempt: Promise<void>): Promise<Error | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function stop(running: Running, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(running)) return;
  running.ending = true;
  await resume(running);
  if (running.container === undefined) signalOne(running.pid, signal);
  else await askEngine("stop", running.container).catch(() => undefined);
  if (!(await endedWithin(running, STOP_TIMEOUT_MS))) await kill(running);
}

async function kill(running: Running): Promise<void> {
  if (hasEnded(running)) return;
  running.ending = true;
  // The list comes first: children of a dead parent are no longer found by it.
  const family = familyOf(running.pid);
  if (running.container !== undefined) await askEngine("kill", running.container).catch(() => undefined);
  else for (const pid of family) signalOne(pid, "SIGKILL");
  if (!(await endedWithin(running, STOP_TIMEOUT_MS))) throw new Error(`Process ${running.pid} survived SIGKILL.`);
}

async function pause(running: Running): Promise<void> {
  if (running.paused || hasEnded(running)) return;
  running.paused = true;
  if (running.container === undefined) signalFamily(running.pid, "SIGSTOP");
  else await askEngine("pause", running.container);
}

async function resume(running: Running): Promise<void> {
  if (!running.paused || hasEnded(running)) return;
  running.paused = false;
  if (running.container === undefined) signalFamily(running.pid, "SIGCONT");
  else await askEngine("unpause", running.container);
}

function hasEnded(running: Running): boolean {
  return running.child.exitCode !== null || running.child.signalCode !== null;
}

async function endedWithin(running: Running, timeoutMs: number): Promise<boolean> {
  if (hasEnded(running)) return true;
  const limit = new AbortController();
  const ended = once(running.child, "exit", { signal: limit.signal }).then(
    () => true,
    () => false,
  );
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  const result = await ended;
  clearTimeout(timer);
  return result;
}

function tail(logFile: string): string {
  try {
    return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  } catch {
    return "";
  }
}
