import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programIn } from "./find.ts";
import { needPrograms, stopAll, untilReady } from "./group.ts";
import { launch, type ServerHandle } from "./launch.ts";
import { probeRedis, probeRedisOverTls, tellRedis } from "./probe.ts";
import { listenArgs, type RedisOptions, startRedis, tlsArgs } from "./redis.ts";
import { locateServer } from "./source.ts";

const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 1_000;
const FAILOVER_TIMEOUT_MS = 5_000;

export interface RedisSentinelSet {
  /** What the sentinels call the master. */
  readonly name: string;
  /** The master at the start. */
  readonly master: ServerHandle;
  readonly replica: ServerHandle;
  readonly sentinels: readonly ServerHandle[];
  stop(): Promise<void>;
}

export interface RedisSentinelOptions extends RedisOptions {
  /** The sentinels' users beside the one without a login, as lines of Redis' `aclfile`. */
  readonly sentinelUsers?: string;
}

/**
 * Starts a master, its replica, and three sentinels that watch over them and agree on who is master. With TLS they speak
 * it among themselves too. Whoever comes without a login must be let do everything: that is how they look at each other.
 */
export async function startRedisSentinelSet(options: RedisSentinelOptions): Promise<RedisSentinelSet> {
  await needPrograms("redis");
  const { dir, args = [], tls, users } = options;
  const name = "vigia";
  const tell = (port: number, command: string) => tellRedis(port, command, tls);
  const startNode = (place: string, more: readonly string[]) =>
    startRedis({
      dir: place,
      args: [...more, ...(tls ? ["--tls-replication", "yes"] : []), ...args],
      ...(tls ? { tls } : {}),
      ...(users ? { users } : {}),
    });
  const master = await startNode(`${dir}-master`, []);
  const replica = await startNode(`${dir}-replica`, ["--replicaof", `127.0.0.1 ${master.port}`]);
  const places = Array.from({ length: SENTINELS }, (_, index) => `${dir}-sentinel-${index}`);
  const sentinels = await Promise.all(
    places.map((place) => startSentinel({ ...options, dir: place }, name, master.port)),
  );
  const servers = [...sentinels, replica, master];
  await untilReady("redis", servers, async () => {
    const views = await Promise.all(sentinels.map(({ port }) => tell(port, "INFO sentinel")));
    const link = await tell(replica.port, "INFO replication");
    return link.includes("master_link_status:up") && views.every((view) => view.includes("slaves=1,sentinels=3"));
  });
  return { name, master, replica, sentinels, stop: () => stopAll(servers) };
}

async function startSentinel(
  { dir, tls, sentinelUsers = "" }: RedisSentinelOptions,
  name: string,
  masterPort: number,
): Promise<ServerHandle> {
  const source = await locateServer("redis");
  if (source.kind !== "programs") throw new Error("needPrograms has looked");
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "sentinel.conf");
  // The sentinel keeps what it learns in this file.
  writeFileSync(
    file,
    [
      `sentinel monitor ${name} 127.0.0.1 ${masterPort} ${QUORUM}`,
      `sentinel down-after-milliseconds ${name} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${name} ${FAILOVER_TIMEOUT_MS}`,
      sentinelUsers,
      "",
    ].join("\n"),
  );
  const secured = tls ? [...tlsArgs(dir, tls, dir), "--tls-replication", "yes"] : [];
  return launch({
    name: "redis",
    dir,
    command: (port) => ({
      file: programIn(source.folder, "redis"),
      args: [file, "--sentinel", "--bind", "127.0.0.1", ...listenArgs(port, tls), ...secured],
    }),
    probe: tls ? (port) => probeRedisOverTls(port, tls) : probeRedis,
    url: (port) => `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    stopSignal: "SIGTERM",
  });
}
