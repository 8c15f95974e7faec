import * as servers from "@vigia/servers";
import { makeServerDir } from "./run.ts";

/** A NATS server with JetStream for one test file, empty, on a port of its own. Stop it in `afterAll`. */
export function startNats(options: Omit<servers.NatsOptions, "dir"> = {}): Promise<servers.ServerHandle> {
  return servers.startNats({ dir: makeServerDir("nats"), ...options });
}

/** A Redis for one test file, empty; with an append-only file unless told. Stop it in `afterAll`. */
export function startRedis(options: Omit<servers.RedisOptions, "dir"> = {}): Promise<servers.ServerHandle> {
  return servers.startRedis({ dir: makeServerDir("redis"), ...options });
}

/** A PostgreSQL of its own, for tests that kill or freeze it; all others share one, see `createDatabase`. */
export function startPostgres(options: Omit<servers.PostgresOptions, "dir"> = {}): Promise<servers.ServerHandle> {
  return servers.startPostgres({ dir: makeServerDir("postgres"), durable: false, ...options });
}

/** Three NATS servers with one JetStream, for tests that kill one of them. */
export function startNatsCluster(): Promise<servers.NatsCluster> {
  return servers.startNatsCluster({ dir: makeServerDir("nats-cluster") });
}

/** A Redis Cluster of three masters. */
export function startRedisCluster(options: Omit<servers.RedisOptions, "dir"> = {}): Promise<servers.RedisCluster> {
  return servers.startRedisCluster({ dir: makeServerDir("redis-cluster"), ...options });
}

/** A Redis with its replica and three sentinels. */
export function startRedisSentinelSet(
  options: Omit<servers.RedisSentinelOptions, "dir"> = {},
): Promise<servers.RedisSentinelSet> {
  return servers.startRedisSentinelSet({ dir: makeServerDir("redis-sentinel"), ...options });
}
