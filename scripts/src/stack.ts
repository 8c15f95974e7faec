import { join } from "node:path";
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
import { checkChainMemory, passFinality } from "./chain-memory.ts";
import type { Progress } from "./progress.ts";
import type { Shutdown } from "./shutdown.ts";

export const CHAIN_ID = 31337;

/** Blocks keep coming without anybody trading, as on a real chain: finality and deadlines need that. */
const CHAIN = { chainId: CHAIN_ID, blockTimeSeconds: 3, slotsInAnEpoch: 1 };

/** The environment variables that reach the stack; all services take theirs from here. */
export interface StackSettings extends Readonly<Record<string, string>> {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
  readonly NATS_URL: string;
  readonly CHAIN_ID: string;
  readonly CHAIN_RPC_URL: string;
  readonly ESCROW_ADDRESS: string;
  readonly ESCROW_START_BLOCK: string;
  readonly TOKEN_ADDRESS: string;
}

/** Starts the servers, brings the database to the newest schema and puts the reference contract on the chain. */
export async function startStack(dataDir: string, progress: Progress, shutdown: Shutdown): Promise<StackSettings> {
  await endLeftovers(dataDir);
  await progress.step("looking for NATS, Redis, PostgreSQL and anvil", (report) =>
    getServers(SERVER_NAMES, { report }),
  );
  shutdown.signal.throwIfAborted();

  const servers = await progress.step("starting them", async (report) => {
    const start = (server: Promise<ServerHandle>): Promise<ServerHandle> => keep(server, report, shutdown);
    const [nats, redis, postgres, anvil] = await Promise.all([
      start(startNats({ dir: join(dataDir, "nats") })),
      start(startRedis({ dir: join(dataDir, "redis") })),
      start(startPostgres({ dir: join(dataDir, "postgres"), report })),
      start(startAnvil({ dir: join(dataDir, "anvil"), ...CHAIN })),
    ]);
    return { nats, redis, postgres, anvil };
  });
  shutdown.signal.throwIfAborted();

  const databaseUrl = servers.postgres.url;
  const rpcUrl = servers.anvil.url;
  await progress.step("bringing the database to the newest schema", () => migrate({ url: databaseUrl }));
  shutdown.signal.throwIfAborted();

  const contract = await progress.step("putting the escrow contract on the chain", async (report) => {
    await checkChainMemory({ databaseUrl, rpcUrl, chainId: CHAIN_ID, report });
    const deployment = await deployReferenceContract({ rpcUrl });
    await passFinality(rpcUrl);
    return deployment;
  });
  shutdown.signal.throwIfAborted();
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: servers.redis.url,
    NATS_URL: servers.nats.url,
    CHAIN_ID: String(CHAIN_ID),
    CHAIN_RPC_URL: rpcUrl,
    ESCROW_ADDRESS: contract.address,
    ESCROW_START_BLOCK: String(contract.startBlock),
    TOKEN_ADDRESS: contract.tokenAddress,
  };
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
