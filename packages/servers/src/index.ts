/** Finds or gets NATS, Redis, PostgreSQL and anvil, and runs them on free ports of 127.0.0.1. */

export { type AnvilOptions, startAnvil } from "./anvil.ts";
export { type Chromium, getChromium } from "./chromium.ts";
export { MissingServersError, ServerStartError } from "./errors.ts";
export { findServer } from "./find.ts";
export type { ServerHandle } from "./launch.ts";
export { endLeftovers, forgetProcess, noteProcess } from "./leftover.ts";
export { type NatsOptions, startNats } from "./nats.ts";
export { type NatsCluster, startNatsCluster } from "./nats-cluster.ts";
export { freePort } from "./port.ts";
export { type PostgresOptions, postgresDirFor, startPostgres } from "./postgres.ts";
export { processIdentity, signalOne } from "./process-family.ts";
export { type RedisOptions, startRedis } from "./redis.ts";
export { type RedisCluster, startRedisCluster } from "./redis-cluster.ts";
export { type RedisSentinelOptions, type RedisSentinelSet, startRedisSentinelSet } from "./redis-sentinel.ts";
export { SERVER_NAMES, type ServerName } from "./server-name.ts";
export { type GetServersOptions, getServers, locateServer, type ServerSource } from "./source.ts";
export type { ServerTls } from "./tls.ts";
