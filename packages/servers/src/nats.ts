import { join } from "node:path";
import { CONTAINER_DIR, containerCommand } from "./engine.ts";
import { launch, type ServerHandle } from "./launch.ts";
import { probeNats } from "./probe.ts";
import { locateServer } from "./source.ts";

export interface NatsOptions {
  /** Holds the JetStream store, the log and the pid file. */
  readonly dir: string;
  /** Further arguments for nats-server, such as `["-c", file]`. */
  readonly args?: readonly string[];
}

/** Starts a NATS server with JetStream, its store in `dir`. */
export async function startNats({ dir, args = [] }: NatsOptions): Promise<ServerHandle> {
  const source = await locateServer("nats");
  return launch({
    name: "nats",
    dir,
    command: (port) =>
      source.kind === "programs"
        ? {
            file: join(source.folder, "nats-server"),
            args: ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", join(dir, "data"), ...args],
          }
        : containerCommand(
            {
              server: "nats",
              image: "nats:2.12-alpine",
              innerPort: 4222,
              dir,
              args: ["-js", "-sd", `${CONTAINER_DIR}/data`, ...args],
            },
            port,
          ),
    probe: probeNats,
    url: (port) => `nats://127.0.0.1:${port}`,
    stopSignal: "SIGTERM",
  });
}
