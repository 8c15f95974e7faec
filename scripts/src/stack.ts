import { join } from "node:path";
import {
  databaseAccess,
  MARKETPLACE,
  makePasswords,
  natsConfiguration,
  OPERATOR,
  redisUsers,
  settingsOf,
} from "@vigia/access";
import { migrate } from "@vigia/database";
import { deployReferenceContract } from "@vigia/demo";
import {
  endLeftovers,
  getServers,
  SERVER_NAMES,
  type ServerHandle,
  startAnvil,
  startNats,
  startPostgres,
  startRedis,
} from "@vigia/servers";
import { Client } from "pg";
import { checkChainMemory, passFinality } from "./chain-memory.ts";
import type { Progress } from "./progress.ts";
import { readRefusals } from "./refusals.ts";
import type { Shutdown } from "./shutdown.ts";

export const CHAIN_ID = 31337;

/** Blocks keep coming without anybody trading, as on a real chain: finality and deadlines need that. */
const CHAIN = { chainId: CHAIN_ID, blockTimeSeconds: 3, slotsInAnEpoch: 1 };

/** The environment variables by which the operator reaches the stack. */
export interface StackSettings extends Readonly<Record<string, string>> {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
  readonly NATS_URL: string;
  readonly CHAIN_ID: string;
  readonly CHAIN_RPC_URL: string;
  readonly ESCROW_ADDRESS: string;
  readonly ESCROW_START_BLOCK: string;
  readonly TOKEN_ADDRESS: string;
  /** The marketplace's own login. */
  readonly MARKETPLACE_DATABASE_URL: string;
}

export interface Stack {
  readonly settings: StackSettings;
  /** The same for a service or the marketplace, with its own logins. */
  settingsFor(identity: string): Readonly<Record<string, string>>;
  /** What NATS and PostgreSQL have refused since they were started. */
  refusals(): string[];
}

/**
 * Starts the servers, brings the database to the newest schema and puts the reference contract on the chain. Everybody
 * who is to use the servers gets logins, with other passwords at each start.
 */
export async function startStack(dataDir: string, progress: Progress, shutdown: Shutdown): Promise<Stack> {
  await endLeftovers(dataDir);
  await progress.step("looking for NATS, Redis, PostgreSQL and anvil", (report) =>
    getServers(SERVER_NAMES, { report }),
  );
  shutdown.signal.throwIfAborted();

  const passwords = makePasswords();
  const servers = await progress.step("starting them", async (report) => {
    const start = (server: Promise<ServerHandle>): Promise<ServerHandle> => keep(server, report, shutdown);
    const [nats, redis, postgres, anvil] = await Promise.all([
      start(startNats({ dir: join(dataDir, "nats"), configuration: natsConfiguration(passwords) })),
      start(startRedis({ dir: join(dataDir, "redis"), users: redisUsers(passwords) })),
      start(startPostgres({ dir: join(dataDir, "postgres"), report })),
      start(startAnvil({ dir: join(dataDir, "anvil"), ...CHAIN })),
    ]);
    return { nats, redis, postgres, anvil };
  });
  shutdown.signal.throwIfAborted();

  const databaseUrl = servers.postgres.url;
  const rpcUrl = servers.anvil.url;
  await progress.step("bringing the database to the newest schema", async () => {
    await migrate({ url: databaseUrl });
    await execute(databaseUrl, databaseAccess(passwords));
  });
  shutdown.signal.throwIfAborted();

  const contract = await progress.step("putting the escrow contract on the chain", async (report) => {
    await checkChainMemory({ databaseUrl, rpcUrl, chainId: CHAIN_ID, report });
    const deployment = await deployReferenceContract({ rpcUrl });
    await passFinality(rpcUrl);
    return deployment;
  });
  shutdown.signal.throwIfAborted();
  const places = { nats: servers.nats.url, redis: servers.redis.url, postgres: databaseUrl };
  const loginsOf = (identity: string) => settingsOf(identity, places, passwords);
  const chain = {
    CHAIN_ID: String(CHAIN_ID),
    CHAIN_RPC_URL: rpcUrl,
    ESCROW_ADDRESS: contract.address,
    ESCROW_START_BLOCK: String(contract.startBlock),
    TOKEN_ADDRESS: contract.tokenAddress,
  };
  const { DATABASE_URL: marketplaceUrl } = loginsOf(MARKETPLACE);
  return {
    settings: { ...chain, ...loginsOf(OPERATOR), MARKETPLACE_DATABASE_URL: marketplaceUrl },
    settingsFor: (identity) => ({ ...chain, ...loginsOf(identity) }),
    refusals: () => readRefusals([servers.nats.logFile, servers.postgres.logFile]),
  };
}

async function execute(databaseUrl: string, statements: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}

/** Whatever else fails meanwhile, a server that came up is stopped in the end; one that dies is said and started again. */
async function keep(
  starting: Promise<ServerHandle>,
  report: (line: string) => void,
  shutdown: Shutdown,
): Promise<ServerHandle> {
  const server = await starting;
  shutdown.add(() => server.stop());
  server.onUnexpectedExit((error) => {
    if (shutdown.signal.aborted) return;
    report(error.message);
    report("It is started again; the services wait for it.");
    server.restart().catch((failure: unknown) => report(`It could not be started again: ${String(failure)}`));
  });
  return server;
}
