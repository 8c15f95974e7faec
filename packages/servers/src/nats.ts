import { join } from "node:path";
import { CONTAINER_DIR, containerCommand } from "./engine.ts";
import { launch, type ServerHandle } from "./launch.ts";
import { probeNats } from "./probe.ts";
import { writeSecretFile } from "./secret-file.ts";
import { locateServer } from "./source.ts";
import { type ServerTls, writeTlsFiles } from "./tls.ts";

export interface NatsOptions {
  /** Holds the JetStream store, the log and the pid file. */
  readonly dir: string;
  /** Further arguments for nats-server, such as `["-c", file]`. */
  readonly args?: readonly string[];
  /** Further configuration as a file's text, such as the users; it may hold passwords. */
  readonly configuration?: string;
  /** Clients must speak TLS. */
  readonly tls?: ServerTls;
}

/** Starts a NATS server with JetStream, its store in `dir`. */
export async function startNats({ dir, args = [], configuration, tls }: NatsOptions): Promise<ServerHandle> {
  const source = await locateServer("nats");
  const seenAs = source.kind === "programs" ? dir : CONTAINER_DIR;
  const settings = [
    ...(tls ? tlsArgs(dir, tls, seenAs) : []),
    ...(configuration ? ["--config", writeSecretFile(dir, "nats.conf", configuration, seenAs)] : []),
    ...args,
  ];
  return launch({
    name: "nats",
    dir,
    command: (port) =>
      source.kind === "programs"
        ? {
            file: join(source.folder, "nats-server"),
            args: ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", join(dir, "data"), ...settings],
          }
        : containerCommand(
            {
              server: "nats",
              image: "nats:2.12-alpine",
              innerPort: 4222,
              dir,
              args: ["-js", "-sd", `${CONTAINER_DIR}/data`, ...settings],
            },
            port,
          ),
    probe: probeNats,
    url: (port) => `${tls ? "tls" : "nats"}://127.0.0.1:${port}`,
    stopSignal: "SIGTERM",
  });
}

function tlsArgs(dir: string, tls: ServerTls, seenAs: string): string[] {
  const { ca, cert, key } = writeTlsFiles(dir, tls, seenAs);
  return [
    "--tls",
    "--tlscert",
    cert,
    "--tlskey",
    key,
    ...(tls.verifyClients ? ["--tlsverify", "--tlscacert", ca] : []),
  ];
}
