import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");

export interface ServiceProcess {
  readonly pid: number;
  /** What it wrote so far, one JSON line after the other. */
  output(): string;
  /** Closes the pipes that it writes to, as the end of whoever started it does. */
  stopReading(): void;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a service as its users do: the compiled program in a process of its own. */
export function startServiceProcess(service: string, environment: Record<string, string>): ServiceProcess {
  return startProgram(join("services", service, "dist", "main.js"), environment);
}

/** Starts a compiled program, named by its path in the project. */
export function startProgram(path: string, environment: Record<string, string>): ServiceProcess {
  const program = join(ROOT, path);
  if (!existsSync(program)) throw new Error(`${program} is missing: run "npm run build" first`);
  const child: ChildProcess = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH ?? "", HTTP_PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  return {
    pid,
    output: () => text,
    stopReading() {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    ended: once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals),
    kill: (signal) => child.kill(signal),
  };
}
