import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, type WriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { forgetProcess, noteProcess, signalOne } from "@vigia/servers";
import type { Life } from "./history.ts";

const ROOT = join(__dirname, "..", "..", "..");
const RESTART_MS = 1_000;
const END_LIMIT_MS = 20_000;
/** A holder begins a step well before. */
const HANG_LIMIT_MS = 5_000;
const LOOK_EVERY_MS = 50;

export interface ProcessPlan {
  readonly name: string;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A service's process that is started again whenever it has ended, until `end`. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  readonly lives: readonly Life[];
  /** The executions that its log called completed. */
  readonly claims: readonly string[];
  /** Where it serves health and metrics; unset until it has started. */
  readonly port: number | undefined;
  isReady(): boolean;
  /** Ends it, and starts it again that much later. Resolves when it has been started again. */
  endAndStart(signal: "SIGKILL" | "SIGTERM", afterMs: number): Promise<void>;
  stop(): void;
  resume(): void;
  /**
   * Lets the suite's own service block its event loop for so long, in its next step (see hang.ts), and says when that
   * began: `undefined` where no step came soon.
   */
  hang(ms: number): Promise<number | undefined>;
  setClock(offsetMs: number): void;
  /** SIGTERM, and not started again. */
  end(): Promise<void>;
  /** SIGKILL, and not started again. */
  kill(): void;
}

type MutableLife = { -readonly [key in keyof Life]: Life[key] };

export function programOf(service: string): string {
  return existing(join(ROOT, "services", service, "dist", "main.js"));
}

function existing(file: string): string {
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first`);
  return file;
}

export function startProcess({ name, program, environment }: ProcessPlan, dir: string): ServiceProcess {
  for (const folder of ["logs", "clocks", "hangs", "run"]) mkdirSync(join(dir, folder), { recursive: true });
  const log = createWriteStream(join(dir, "logs", `${name}.log`));
  const clockFile = join(dir, "clocks", name);
  const hangFile = join(dir, "hangs", name);
  writeFileSync(clockFile, "0");
  writeFileSync(hangFile, "0");
  const preloads = ["clock-shift.js", "stall-watch.js"].map((file) =>
    existing(join(ROOT, "tests", "dist", "reliability", file)),
  );
  const lives: MutableLife[] = [];
  const claims: string[] = [];
  let port: number | undefined;
  let restartMs = RESTART_MS;
  let over = false;
  let child: ChildProcess;
  let next = Promise.resolve();
  let resumed = true;

  function start(): MutableLife {
    port = undefined;
    child = spawn(process.execPath, ["--enable-source-maps", program], {
      env: {
        PATH: process.env.PATH ?? "",
        HTTP_PORT: "0",
        NODE_OPTIONS: preloads.map((file) => `--require ${file}`).join(" "),
        RELIABILITY_CLOCK_FILE: clockFile,
        RELIABILITY_HANG_FILE: hangFile,
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const life: MutableLife = { name, pid: child.pid ?? 0, startedAt: Date.now() };
    lives.push(life);
    noteProcess(join(dir, "run"), name, life.pid);
    follow(child, log, ({ msg, port: served, executionId }) => {
      if (msg === "started") [life.readyAt, port] = [Date.now(), served];
      if (msg === "run completed" && executionId) claims.push(executionId);
    });
    next = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        life.endedAt = Date.now();
        life.code = code ?? signal ?? "unknown";
        forgetProcess(join(dir, "run"), name);
        void sleep(restartMs).then(() => {
          restartMs = RESTART_MS;
          if (!over) start();
          resolve();
        });
      });
    });
    return life;
  }

  function signal(kind: "SIGKILL" | "SIGTERM") {
    const life = lives.at(-1);
    if (!life || life.endedAt !== undefined) return;
    life.endedBy = kind;
    life.toldAt = Date.now();
    signalOne(life.pid, kind);
  }

  function resume() {
    if (!resumed) child.kill("SIGCONT");
    resumed = true;
  }

  start();
  return {
    name,
    lives,
    claims,
    get pid() {
      return child.pid ?? 0;
    },
    get port() {
      return port;
    },
    isReady: () => port !== undefined && lives.at(-1)?.endedAt === undefined,
    async endAndStart(kind, afterMs) {
      restartMs = afterMs;
      signal(kind);
      await next;
    },
    stop() {
      resumed = false;
      child.kill("SIGSTOP");
    },
    resume,
    async hang(ms) {
      writeFileSync(hangFile, String(ms));
      const isAwaited = () => readFileSync(hangFile, "utf8") !== "0";
      for (const deadline = Date.now() + HANG_LIMIT_MS; isAwaited() && Date.now() < deadline; )
        await sleep(LOOK_EVERY_MS);
      if (isAwaited()) {
        writeFileSync(hangFile, "0");
        return undefined;
      }
      const began = Date.now();
      await sleep(ms);
      return began;
    },
    setClock: (offsetMs) => writeFileSync(clockFile, String(offsetMs)),
    async end() {
      over = true;
      restartMs = 0;
      resume();
      signal("SIGTERM");
      const limit = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
      await next;
      clearTimeout(limit);
    },
    kill() {
      over = true;
      child.kill("SIGKILL");
    },
  };
}

interface LogLine {
  readonly msg?: string;
  readonly port?: number;
  readonly executionId?: string;
}

function follow(child: ChildProcess, log: WriteStream, onLine: (line: LogLine) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface(stream).on("line", (text) => {
      log.write(`${text}\n`);
      if (text.startsWith("{")) onLine(parse(text));
    });
  }
}

/** A line that a kill cut short says nothing. */
function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return {};
  }
}
