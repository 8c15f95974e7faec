import { needPrograms, stopAll, untilReady } from "./group.ts";
import type { ServerHandle } from "./launch.ts";
import { freePort } from "./port.ts";
import { tellRedis } from "./probe.ts";
import { type RedisOptions, startRedis } from "./redis.ts";

const SLOTS = 16_384;
const NODES = 3;
/** How long a node may be silent before the others take it for gone. */
const NODE_TIMEOUT_MS = "2000";

export interface RedisCluster {
  readonly nodes: readonly ServerHandle[];
  /** Which node holds the slot that a key belongs to. */
  nodeOf(key: string): Promise<ServerHandle>;
  stop(): Promise<void>;
}

/**
 * Starts a Redis Cluster: three masters, which share the slots, and no replicas. With TLS the nodes speak it among
 * themselves too. Whoever comes without a login must be let do everything: that is how the nodes are made a cluster.
 */
export async function startRedisCluster({ dir, args = [], tls, users }: RedisOptions): Promise<RedisCluster> {
  await needPrograms("redis");
  const tell = (port: number, command: string) => tellRedis(port, command, tls);
  const startNode = (place: string, bus: number) =>
    startRedis({
      dir: place,
      args: [...clusterArgs(bus), ...(tls ? ["--tls-cluster", "yes"] : []), ...args],
      ...(tls ? { tls } : {}),
      ...(users ? { users } : {}),
    });
  const buses = await Promise.all(Array.from({ length: NODES }, freePort));
  const nodes = await Promise.all(buses.map((bus, index) => startNode(`${dir}-${index}`, bus)));
  const firstSlot = (index: number): number => Math.floor((index * SLOTS) / NODES);
  for (const [index, { port }] of nodes.entries()) {
    await tell(port, `CLUSTER ADDSLOTSRANGE ${firstSlot(index)} ${firstSlot(index + 1) - 1}`);
    // Each its own epoch: equal ones would be settled by a vote first.
    await tell(port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
  }
  const first = nodes[0] as ServerHandle;
  for (const [index, { port }] of nodes.entries()) {
    if (index > 0) await tell(first.port, `CLUSTER MEET 127.0.0.1 ${port} ${buses[index]}`);
  }
  await untilReady("redis", nodes, async () => {
    const views = await Promise.all(nodes.map(({ port }) => tell(port, "CLUSTER INFO")));
    return views.every((view) => view.includes("cluster_state:ok") && view.includes(`cluster_known_nodes:${NODES}`));
  });
  return {
    nodes,
    async nodeOf(key) {
      const answer = await tell(first.port, `CLUSTER KEYSLOT ${key}`);
      const slot = Number(answer.slice(1).trim());
      return nodes.filter((_, index) => firstSlot(index) <= slot).at(-1) as ServerHandle;
    },
    stop: () => stopAll(nodes),
  };
}

function clusterArgs(bus: number): string[] {
  return [
    ...["--cluster-enabled", "yes", "--cluster-port", String(bus)],
    ...["--cluster-node-timeout", NODE_TIMEOUT_MS],
  ];
}
