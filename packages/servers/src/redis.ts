import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CONTAINER_DIR, containerCommand } from "./engine.ts";
import { launch, type ServerHandle } from "./launch.ts";
import { probeRedis } from "./probe.ts";
import { locateServer } from "./source.ts";

export interface RedisOptions {
  /** Holds the append-only file, the log and the pid file. */
  readonly dir: string;
  /** Whether writes survive a restart; true unless told. */
  readonly persistent?: boolean;
  /** Further arguments for redis-server, such as `["--maxmemory", "8mb"]`. */
  readonly args?: readonly string[];
}

/** Starts a Redis that never evicts and, unless told otherwise, forgets nothing. */
export async function startRedis({ dir, persistent = true, args = [] }: RedisOptions): Promise<ServerHandle> {
  const source = await locateServer("redis");
  mkdirSync(join(dir, "data"), { recursive: true });
  const settings = ["--appendonly", persistent ? "yes" : "no", "--save", "", "--daemonize", "no", ...args];
  return launch({
    name: "redis",
    dir,
    command: (port) =>
      source.kind === "programs"
        ? {
            file: join(source.folder, "redis-server"),
            args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", join(dir, "data"), ...settings],
          }
        : containerCommand(
            {
              server: "redis",
              image: "redis:8-alpine",
              innerPort: 6379,
              dir,
              // Not the image's own, which would step down to a user who may not write into our folder.
              entrypoint: "redis-server",
              args: ["--dir", `${CONTAINER_DIR}/data`, "--protected-mode", "no", ...settings],
            },
            port,
          ),
    probe: probeRedis,
    url: (port) => `redis://127.0.0.1:${port}`,
    stopSignal: "SIGTERM",
  });
}
