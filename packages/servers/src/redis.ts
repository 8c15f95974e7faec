import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CONTAINER_DIR, containerCommand } from "./engine.ts";
import { programIn } from "./find.ts";
import { launch, type ServerHandle } from "./launch.ts";
import { probeRedis, probeRedisOverTls } from "./probe.ts";
import { writeSecretFile } from "./secret-file.ts";
import { locateServer } from "./source.ts";
import { type ServerTls, writeTlsFiles } from "./tls.ts";

export interface RedisOptions {
  /** Holds the append-only file, the log and the pid file. */
  readonly dir: string;
  /** Whether writes survive a restart; true unless told. */
  readonly persistent?: boolean;
  /** Further arguments for redis-server, such as `["--maxmemory", "8mb"]`. */
  readonly args?: readonly string[];
  /** The users, as the text of Redis' `aclfile`. */
  readonly users?: string;
  /** Clients must speak TLS; there is no other port. */
  readonly tls?: ServerTls;
}

/** Starts a Redis that never evicts and, unless told otherwise, forgets nothing. */
export async function startRedis(options: RedisOptions): Promise<ServerHandle> {
  const { dir, persistent = true, users, tls } = options;
  const source = await locateServer("redis");
  mkdirSync(join(dir, "data"), { recursive: true });
  const settings = ["--appendonly", persistent ? "yes" : "no", "--save", "", "--daemonize", "no"];
  const seenAs = source.kind === "programs" ? dir : CONTAINER_DIR;
  if (tls) settings.push(...tlsArgs(dir, tls, seenAs));
  if (users) settings.push("--aclfile", writeSecretFile(dir, "users.acl", users, seenAs));
  settings.push(...(options.args ?? []));
  const listen = (port: number) => listenArgs(port, tls);
  return launch({
    name: "redis",
    dir,
    command: (port) =>
      source.kind === "programs"
        ? {
            file: programIn(source.folder, "redis"),
            args: ["--bind", "127.0.0.1", ...listen(port), "--dir", join(dir, "data"), ...settings],
          }
        : containerCommand(
            {
              server: "redis",
              image: "redis:8-alpine",
              innerPort: 6379,
              dir,
              // Not the image's own, which would step down to a user who may not write into our folder.
              entrypoint: "redis-server",
              args: [...listen(6379), "--dir", `${CONTAINER_DIR}/data`, "--protected-mode", "no", ...settings],
            },
            port,
          ),
    probe: tls ? (port) => probeRedisOverTls(port, tls) : probeRedis,
    url: (port) => `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    stopSignal: "SIGTERM",
  });
}

export function listenArgs(port: number, tls: ServerTls | undefined): string[] {
  return tls ? ["--port", "0", "--tls-port", String(port)] : ["--port", String(port)];
}

export function tlsArgs(dir: string, tls: ServerTls, seenAs: string): string[] {
  const { ca, cert, key } = writeTlsFiles(dir, tls, seenAs);
  return [
    ...["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca],
    ...["--tls-auth-clients", tls.verifyClients ? "yes" : "no"],
  ];
}
