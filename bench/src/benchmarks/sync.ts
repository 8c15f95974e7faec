import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { migrate } from "@vigia/database";
import { Client } from "pg";
import type { Benchmark, Contender, Scene } from "../contender.ts";
import { startCountingProxy } from "../sync/counting-proxy.ts";
import { startSync } from "../sync/ours.ts";
import { mineEscrows, type SyncScene, stateText } from "../sync/scene.ts";

const EVENTS = "events/s";
const MEMORY = "peak memory, MB";
/** What another program on the machine takes from the speed, it takes little from this. */
const COMPUTED = "CPU seconds of the process for 100,000 events";
const RPC_LOG_LIMIT = 64 * 1_024 * 1_024;
/** One in so many escrows has its order in the marketplace. */
const ORDERED = 10;

const run = promisify(execFile);

/** A contract's whole past into Postgres, and then what a minute with nothing new and the live escrows cost. */
export const sync: Benchmark = {
  unit: "as the case says; of events, more is better, of the rest less",
  samples: "rounds",
  rounds: 3,
  async prepare({ servers, options, onClose }) {
    const dir = mkdtempSync(join(tmpdir(), "vigia-bench-chain-"));
    chmodSync(dir, 0o711);
    onClose(() => rmSync(dir, { recursive: true, force: true }));
    const report = (line: string) => process.stderr.write(`${line}\n`);
    const scene = await mineEscrows(dir, options.events, report);
    onClose(() => scene.stop());
    const databases = createDatabases(servers.postgresUrl);
    return [ours(scene, servers, databases), plain(scene, databases)];
  },
};

type Databases = (name: string) => Promise<string>;

/** A new, empty database for each round of each contender; returns its URL. */
function createDatabases(serverUrl: string): Databases {
  let count = 0;
  return async (name) => {
    count += 1;
    const database = `${name}_${count}`;
    const client = new Client({ connectionString: serverUrl });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${database}`);
    } finally {
      await client.end();
    }
    const url = new URL(serverUrl);
    url.pathname = database;
    return url.href;
  };
}

function ours(scene: SyncScene, servers: Scene["servers"], databases: Databases): Contender {
  return {
    name: "chain-sync",
    role: "ours",
    async measure() {
      const url = await databases("ours");
      await migrate({ url });
      await orderSome(url, scene);
      const environment = { ...servers.environment, DATABASE_URL: url };
      const backfill = await startSync(scene, environment, scene.rpcUrl);
      let rate: number;
      let memory: number | undefined;
      let computed: number | undefined;
      let reconciled: number;
      try {
        const before = backfill.cpuSeconds();
        rate = (scene.events * 1_000) / (await backfill.run("chain-sync.sync"));
        const after = backfill.cpuSeconds();
        if (before !== undefined && after !== undefined) computed = perHundredThousand(after - before, scene);
        memory = backfill.peakMb();
        await compare(url, "SELECT escrow_id AS id, status, balance FROM vigia.escrows", scene);
        await countLogs(url, "SELECT count(*) FROM vigia.chain_logs", scene);
        // The first one reads every block a second time.
        await backfill.run("chain-sync.reconcile");
        reconciled = await backfill.run("chain-sync.reconcile");
      } finally {
        await backfill.stop();
      }
      return {
        [EVENTS]: [rate],
        ...(computed === undefined ? {} : { [COMPUTED]: [computed] }),
        ...(memory === undefined ? {} : { [MEMORY]: [memory] }),
        [`${liveOf(scene)} live escrows reconciled, ms`]: [reconciled],
        ...(await idle(scene, environment)),
      };
    },
  };
}

async function idle(scene: SyncScene, environment: Readonly<Record<string, string>>) {
  const proxy = await startCountingProxy(scene.rpcUrl);
  const service = await startSync(scene, environment, proxy.url);
  try {
    await service.run("chain-sync.sync");
    const before = proxy.count();
    const ms = await service.run("chain-sync.sync");
    return {
      "a tick with nothing new, ms": [ms],
      "requests of such a tick": [proxy.count() - before],
    };
  } finally {
    await service.stop();
    await proxy.stop();
  }
}

function liveOf({ escrows }: SyncScene): number {
  return [...escrows.values()].filter((state) => /^(pending_deposit|funded|locked) /.test(state)).length;
}

/** The marketplace has written an order for one in ten of the escrows, long before the sync sees them. */
async function orderSome(url: string, { escrows, chainId }: SyncScene): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       trade_key, status, expires_at)
       SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '', $2, '', 1, id, 'created', now() + interval '1 day'
         FROM unnest($1::text[]) AS id`,
      [[...escrows.keys()].filter((_, index) => index % ORDERED === 0), chainId],
    );
  } finally {
    await client.end();
  }
}

function plain(scene: SyncScene, databases: Databases): Contender {
  return {
    name: "one-file pipeline",
    role: "limit",
    async measure() {
      const url = await databases("plain");
      const environment = {
        ...process.env,
        RPC_URL: scene.rpcUrl,
        DATABASE_URL: url,
        CONTRACT: scene.contract,
        FROM_BLOCK: String(scene.startBlock),
        TO_BLOCK: String(scene.headBlock),
      };
      const program = join(__dirname, "../sync/pipeline.js");
      const { stdout } = await run(process.execPath, [program], { env: environment, maxBuffer: RPC_LOG_LIMIT });
      const { seconds, cpuSeconds, peakMemoryMb } = JSON.parse(stdout) as PipelineFigures;
      await compare(url, "SELECT id, status, balance FROM escrows", scene);
      await countLogs(url, "SELECT count(*) FROM logs", scene);
      return {
        [EVENTS]: [scene.events / seconds],
        [COMPUTED]: [perHundredThousand(cpuSeconds, scene)],
        [MEMORY]: [peakMemoryMb],
      };
    },
  };
}

interface PipelineFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number;
}

function perHundredThousand(seconds: number, { events }: SyncScene): number {
  return (seconds * 100_000) / events;
}

/** Every escrow's row says what the contract says, and there is no other: else a figure means nothing. */
async function compare(url: string, sql: string, { escrows }: SyncScene): Promise<void> {
  const rows = await ask<{ id: string; status: string; balance: string }>(url, sql);
  const wrong = rows.filter(({ id, status, balance }) => escrows.get(id) !== stateText(status, balance));
  if (wrong.length > 0 || rows.length !== escrows.size) {
    throw new Error(`${rows.length} escrows in place of ${escrows.size}, ${wrong.length} of them wrong`);
  }
}

async function countLogs(url: string, sql: string, { events }: SyncScene): Promise<void> {
  const [row] = await ask<{ count: string }>(url, sql);
  if (Number(row?.count) !== events) throw new Error(`${row?.count} logs in place of ${events}`);
}

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
