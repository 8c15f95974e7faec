import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needPrograms, stopAll, untilReady } from "./group.ts";
import { launch, type ServerHandle } from "./launch.ts";
import { probeRedis, tellRedis } from "./probe.ts";
import { type RedisOptions, startRedis } from "./redis.ts";
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

/** Starts a master, its replica, and three sentinels that watch over them and agree on who is master. */
export async function startRedisSentinelSet({ dir, args = [] }: Omit<RedisOptions, "tls">): Promise<RedisSentinelSet> {
  await needPrograms("redis");
  const name = "vigia";
  const master = await startRedis({ dir: `${dir}-master`, args });
  const replicaArgs = ["--replicaof", `127.0.0.1 ${master.port}`, ...args];
  const replica = await startRedis({ dir: `${dir}-replica`, args: replicaArgs });
  const places = Array.from({ length: SENTINELS }, (_, index) => `${dir}-sentinel-${index}`);
  const sentinels = await Promise.all(places.map((place) => startSentinel(place, name, master.port)));
  const servers = [...sentinels, replica, master];
  await untilReady("redis", servers, async () => {
    const views = await Promise.all(sentinels.map(({ port }) => tellRedis(port, "INFO sentinel")));
    const link = await tellRedis(replica.port, "INFO replication");
    return link.includes("master_link_status:up") && views.every((view) => view.includes("slaves=1,sentinels=3"));
  });
  return { name, master, replica, sentinels, stop: () => stopAll(servers) };
}

async function startSentinel(dir: string, name: string, masterPort: number): Promise<ServerHandle> {
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
      "",
    ].join("\n"),
  );
  return launch({
    name: "redis",
    dir,
    command: (port) => ({
      file: join(source.folder, "redis-server"),
      args: [file, "--sentinel", "--bind", "127.0.0.1", "--port", String(port)],
    }),
    probe: probeRedis,
    url: (port) => `redis://127.0.0.1:${port}`,
    stopSignal: "SIGTERM",
  });
}
