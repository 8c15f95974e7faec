/** For tests alone: real servers, a migrated database, a chain with the reference contract, a clock. */

export type { ServerHandle } from "@vigia/servers";
export { type Accounts, type Call, CHAIN_ID, type Chain, startChain } from "./chain.ts";
export { createClock, type MovableClock } from "./clock.ts";
export { createDatabase, type TestDatabase } from "./database.ts";
export type { Escrows, NewEscrow, OnChainEscrow } from "./escrows.ts";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { startNats, startPostgres, startRedis } from "./servers.ts";
