import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import type { Command } from "./launch.ts";
import type { ServerName } from "./server-name.ts";

const INFO_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/** Where a server's folder of ours is mounted in its container. */
export const CONTAINER_DIR = "/vigia";

interface Container {
  readonly server: ServerName;
  readonly image: string;
  /** The port that the server listens on inside. */
  readonly innerPort: number;
  readonly dir: string;
  readonly args: readonly string[];
  readonly entrypoint?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Whether a Docker engine answers; a client without an engine does not count. */
export async function hasEngine(): Promise<boolean> {
  try {
    const { stdout } = await run("docker", ["info", "--format", "{{.ServerVersion}}"], { timeout: INFO_TIMEOUT_MS });
    return stdout.trim() !== "";
  } catch {
    return false;
  }
}

/** A container in the foreground, published on loopback alone and gone when it stops; its data stay in our folder. */
export function containerCommand(container: Container, port: number): Command {
  const name = `vigia-${container.server}-${randomBytes(4).toString("hex")}`;
  const { uid, gid } = userInfo();
  const args = [
    ...["run", "--rm", "--name", name, "--publish", `127.0.0.1:${port}:${container.innerPort}`],
    ...["--volume", `${container.dir}:${CONTAINER_DIR}`],
    // The files in our folder stay ours. As root the images step down to their own user by themselves.
    ...(uid > 0 ? ["--user", `${uid}:${gid}`] : []),
    // Values come through the client's environment: a password does not belong in a list of processes.
    ...Object.keys(container.env ?? {}).flatMap((key) => ["--env", key]),
    ...(container.entrypoint === undefined ? [] : ["--entrypoint", container.entrypoint]),
    ...[container.image, ...container.args],
  ];
  return { file: "docker", args, container: name, ...(container.env === undefined ? {} : { env: container.env }) };
}

/** Signals do not reach a container through the engine's client reliably: the engine itself is asked. */
export async function askEngine(verb: "pause" | "unpause" | "kill" | "stop", container: string): Promise<void> {
  await run("docker", verb === "stop" ? ["stop", "--time", "10", container] : [verb, container]);
}
