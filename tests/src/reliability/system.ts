import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Database, migrate, openDatabase } from "@vigia/database";
import { tickSubject } from "@vigia/messages";
import { type Bus, connectBus, createLogger } from "@vigia/runtime";
import { getServers, SERVER_NAMES, type ServerHandle, startNats, startPostgres, startRedis } from "@vigia/servers";
import { type Chain, startChain, startProxy, type TcpProxy } from "@vigia/testkit";
import type { Store } from "./fault-plan.ts";
import { programOf, type ServiceProcess, startProcess } from "./processes.ts";

/** Seconds between the instants of each schedule; each divides the minute. */
export const SCHEDULES = {
  "chain-sync.sync": 2,
  "chain-sync.verify": 5,
  "chain-sync.reconcile": 20,
  "cleanup.expire-orders": 1,
  "cleanup.purge-notifications": 15,
  "cleanup.purge-history": 15,
  "consistency.check": 1,
  "consistency.deep-check": 30,
} as const;

const NAMES = [
  ...["scheduler-1", "scheduler-2", "worker-1", "worker-2"],
  ...["cleanup", "notifications", "reporting", "chain-sync"],
] as const;

const TABLES = `
CREATE SCHEMA reliability;
CREATE TABLE reliability.effects (
  position     bigint GENERATED ALWAYS AS IDENTITY,
  task         text NOT NULL,
  message_id   text NOT NULL,
  execution_id text NOT NULL,
  step         integer NOT NULL,
  steps        integer NOT NULL,
  fence        bigint NOT NULL,
  instance     text NOT NULL,
  event_id     text NOT NULL
);
CREATE TABLE reliability.handled (event_id text NOT NULL);
CREATE TABLE reliability.pulse (beats bigint NOT NULL);
INSERT INTO reliability.pulse VALUES (0);
`;

/** Servers, services and the ways between them, each of which can go wrong alone. */
export interface System {
  readonly stores: Readonly<Record<Store, ServerHandle>>;
  readonly chain: Chain;
  readonly processes: readonly ServiceProcess[];
  /** The ways on which a process reaches its servers. */
  proxiesOf(process: string): readonly TcpProxy[];
  /** The suite's own, around every fault but those of the store itself. */
  readonly database: Database;
  readonly bus: Bus;
  readonly notesDir: string;
  readonly stallsDir: string;
  /** Instants after this are due. */
  readonly schedulesFrom: number;
  stop(): Promise<void>;
}

export async function startSystem(dir: string): Promise<System> {
  await getServers(SERVER_NAMES);
  const folder = (name: string) => join(dir, name);
  const [nats, redis, postgres, chain] = await Promise.all([
    startNats({ dir: folder("nats") }),
    startRedis({ dir: folder("redis") }),
    startPostgres({ dir: folder("postgres"), settings: { track_commit_timestamp: "on" } }),
    startChain({ dir: folder("anvil") }),
  ]);
  await migrate({ url: postgres.url });
  const log = createLogger("reliability", "fatal");
  const database = await openDatabase({ url: postgres.url, applicationName: "reliability" });
  await database.query(TABLES);
  const schedulesFrom = await seedSchedules(database);
  const bus = await connectBus({ url: nats.url, name: "reliability", log });

  const [notesDir, stallsDir] = [folder("notes"), folder("stalls")];
  mkdirSync(notesDir);
  mkdirSync(stallsDir);
  const proxies = new Map<string, TcpProxy[]>();
  const processes: ServiceProcess[] = [];
  const servers = { DATABASE_URL: postgres, REDIS_URL: redis, NATS_URL: nats, CHAIN_RPC_URL: chain };
  for (const name of NAMES) {
    const environment: Record<string, string> = {
      ...settingsOf(chain),
      RELIABILITY_NOTES_DIR: notesDir,
      RELIABILITY_STALLS_DIR: stallsDir,
    };
    proxies.set(name, []);
    for (const [variable, { url, port }] of Object.entries(servers)) {
      const proxy = await startProxy(port);
      proxies.get(name)?.push(proxy);
      environment[variable] = url.replace(`:${port}`, `:${proxy.port}`);
    }
    const service = name.replace(/-\d$/, "");
    const program = service === "worker" ? join(__dirname, "worker.js") : programOf(service);
    processes.push(startProcess({ name, program, environment }, dir));
  }
  return {
    stores: { nats, redis, postgres },
    ...{ chain, processes, database, bus, notesDir, stallsDir, schedulesFrom },
    proxiesOf: (name) => proxies.get(name) ?? [],
    async stop() {
      for (const process of processes) process.kill();
      await Promise.all([...proxies.values()].flat().map((proxy) => proxy.stop()));
      await bus.close().catch(() => undefined);
      await database.close().catch(() => undefined);
      await Promise.all([nats, redis, postgres, chain].map((server) => server.stop()));
    },
  };
}

/** With their beginning known, every later instant can be asked after. */
async function seedSchedules(database: Database): Promise<number> {
  const from = Math.floor(Date.now() / 1_000) * 1_000;
  await database.query(
    `INSERT INTO vigia.schedules (task, cron, last_fired) SELECT task, '', $2 FROM unnest($1::text[]) AS task`,
    [Object.keys(SCHEDULES), new Date(from)],
  );
  return from;
}

function settingsOf(chain: Chain): Record<string, string> {
  const schedules = Object.entries(SCHEDULES).map(([task, everySeconds]) => [
    tickSubject(task as keyof typeof SCHEDULES)
      .replace("vigia.tick.", "SCHEDULE_")
      .replace(/[.-]/g, "_")
      .toUpperCase(),
    `*/${everySeconds} * * * * *`,
  ]);
  return {
    ...(Object.fromEntries(schedules) as Record<string, string>),
    CHAIN_ID: String(chain.chainId),
    ESCROW_ADDRESS: chain.escrowAddress,
    ESCROW_START_BLOCK: String(chain.startBlock),
    ESCROW_PROFILE: "reference",
  };
}
