import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { z } from "zod";
import { readEnvironment } from "./environment.ts";
import { openEscrowClient } from "./escrow-client.ts";
import { logToStdout as log } from "./log.ts";
import { runMarket } from "./market/market.ts";
import { marketplace } from "./marketplace.ts";

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
const POOL_SIZE = 4;

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be an address: 0x and 40 hex digits");

const environment = readEnvironment(
  z.object({
    DATABASE_URL: z.url(),
    CHAIN_RPC_URL: z.url(),
    ESCROW_ADDRESS: address,
    /** By default where `deploy-main` puts the test token on a fresh dev chain. */
    TOKEN_ADDRESS: address.default("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"),
    DEMO_PACE_MS: z.coerce.number().int().min(10).default(5_000),
    DEMO_SEED: z.string().min(1).default("vigia"),
  }),
);

/** Opens chain and database, runs the market, and closes both, however it ends. */
async function openMarket(signal: AbortSignal): Promise<void> {
  const chain = await openEscrowClient({
    rpcUrl: environment.CHAIN_RPC_URL,
    escrowAddress: environment.ESCROW_ADDRESS,
    tokenAddress: environment.TOKEN_ADDRESS,
  });
  const pool = new Pool({ connectionString: environment.DATABASE_URL, max: POOL_SIZE, application_name: "demo" });
  pool.on("error", (error) => log({ error: error.message }, "the database dropped an idle connection"));
  try {
    const hands = { chain, market: marketplace(pool) };
    await runMarket({ hands, seed: environment.DEMO_SEED, paceMs: environment.DEMO_PACE_MS, log, signal });
  } finally {
    chain.close();
    await pool.end();
  }
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  let pauseMs = FIRST_PAUSE_MS;
  while (!stop.signal.aborted) {
    const openedAt = Date.now();
    try {
      await openMarket(stop.signal);
    } catch (error) {
      if (Date.now() - openedAt > MAX_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
      log({ error: String(error), pauseMs }, "the chain or the database is away; trying again");
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    }
  }
  log({}, "the market is closed");
}

void main();
