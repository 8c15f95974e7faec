import { spawn } from "node:child_process";

const DEFAULT_TIMEOUT_MS = 120_000;
/** So much of what a failed command said goes into its error. */
const ERROR_TAIL_LINES = 20;

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** Ends the program, too. */
  readonly signal?: AbortSignal;
  /** Exit codes other than 0 that are an answer, too. */
  readonly accept?: readonly number[];
}

export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Throws, with the last lines that it said, where it fails or takes too long. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const { cwd, environment = process.env, timeoutMs = DEFAULT_TIMEOUT_MS, signal: stop, accept = [] } = options;
  return new Promise((resolve, reject) => {
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    const limits = { timeout: timeoutMs, ...(stop ? { signal: stop } : {}) };
    const child = spawn(file, args, { ...(cwd ? { cwd } : {}), env: environment, stdio, ...limits });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        said[stream] += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code !== null && [0, ...accept].includes(code)) return resolve({ code, ...said });
      const how = signal ? `was stopped by ${signal} (limit ${timeoutMs / 1000} s)` : `exited with ${code}`;
      reject(new Error(`${file} ${args.join(" ")} ${how}\n${lastLines(said.stdout + said.stderr, ERROR_TAIL_LINES)}`));
    });
  });
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
