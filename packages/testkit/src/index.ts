/** For tests alone: real servers, a migrated database, a chain with the reference contract, a clock, a bad network. */

export type { ServerHandle } from "@vigia/servers";
export { type Authority, type Certificate, createAuthority } from "./certificates.ts";
export { type Accounts, type Call, CHAIN_ID, type Chain, startChain } from "./chain.ts";
export { createClock, type MovableClock } from "./clock.ts";
export { type CollectedSpan, type Collector, startCollector } from "./collector.ts";
export { createDatabase, type TestDatabase } from "./database.ts";
export type { Escrows, NewEscrow, OnChainEscrow } from "./escrows.ts";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { FAULTS, type FaultName, type HostileProxy, type Hostility, startHostileProxy } from "./hostile/proxy.ts";
export { readChainUntil } from "./known-chain.ts";
export { indexPlainly, type PlainEscrow, type PlainIndex, type PlainLog, stateAfter } from "./plain-index.ts";
export { startProxy, type TcpProxy } from "./proxy.ts";
export { createRandom, type Random, seedOfRun } from "./random.ts";
export {
  startNats,
  startNatsCluster,
  startPostgres,
  startRedis,
  startRedisCluster,
  startRedisSentinelSet,
} from "./servers.ts";
