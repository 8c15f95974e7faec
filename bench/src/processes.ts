import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const STARTED = '"msg":"started"';

/** A program in a process of its own. What it says to its parent (`process.send`) comes to `onMessage`. */
export interface Program {
  readonly pid: number;
  onMessage(listener: (message: unknown) => void): void;
  tell(message: string): void;
  /** Resolves when it has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a compiled program, named by its path in the project. It prints nothing but its errors. */
export function startProgram(
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program & { readonly child: ChildProcess } {
  const child = fork(join(ROOT, path), [...args], {
    env: { PATH: process.env.PATH ?? "", ...environment },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    execArgv: [],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${path} could not be started`);
  const ended = once(child, "exit");
  child.stdout?.resume();
  return {
    ...{ child, pid },
    onMessage: (listener) => child.on("message", listener),
    tell: (message) => child.send(message),
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** Starts a service as its users do, and waits until it says that it has started. Throws where it ends before. */
export async function startServiceProcess(
  service: string,
  environment: Readonly<Record<string, string>>,
): Promise<Program> {
  const settings = { ...environment, LOG_LEVEL: "info" };
  const program = startProgram(join("services", service, "dist", "main.js"), [], settings);
  let said = "";
  await new Promise<void>((resolve, reject) => {
    program.child.once("exit", () => reject(new Error(`${service} ended before it had started:\n${said}`)));
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (!said.includes(STARTED)) return;
      program.child.stdout?.off("data", listen).resume();
      resolve();
    };
    program.child.stdout?.on("data", listen);
  });
  return program;
}
