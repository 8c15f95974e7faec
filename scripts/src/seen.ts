import { STREAMS } from "@vigia/messages";
import { type Bus, connectBus, createLogger } from "@vigia/runtime";
import { Client } from "pg";

/** What a system has done since its data directory was made, as its own tables and streams tell it. */
export interface Seen {
  /** Ticks that the bus has stored. */
  readonly ticks: number;
  /** Completed runs by task. */
  readonly runs: Readonly<Record<string, number>>;
  readonly failedRuns: number;
  /** The last block that is read, and the logs of the contract up to it. */
  readonly syncedBlock: number;
  readonly syncedLogs: number;
  readonly expiredOrders: number;
  /** All findings by check, resolved ones included. */
  readonly findings: Readonly<Record<string, number>>;
  readonly notifications: number;
  readonly notifiedUsers: number;
  readonly resyncs: number;
  readonly deadLetters: number;
  /** How often a service was refused by Redis, or lost it. */
  readonly degradations: number;
}

export interface Sources {
  readonly bus: Bus;
  readonly database: Client;
  close(): Promise<void>;
}

export async function openSources(options: {
  readonly databaseUrl: string;
  readonly natsUrl: string;
}): Promise<Sources> {
  const database = new Client({ connectionString: options.databaseUrl, application_name: "vigia-check" });
  await database.connect();
  // A broken connection fails the next question, which says more than an event without one.
  database.on("error", () => undefined);
  const bus = await connectBus({ url: options.natsUrl, name: "vigia-check", log: createLogger("check", "silent") });
  return {
    bus,
    database,
    close: async () => {
      await bus.close();
      await database.end();
    },
  };
}

export async function readSeen({ bus, database }: Sources): Promise<Seen> {
  const count = async (text: string): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(`SELECT (${text})::int AS count`);
    return rows[0]?.count ?? 0;
  };
  const countBy = async (text: string): Promise<Record<string, number>> => {
    const { rows } = await database.query<{ key: string; count: number }>(text);
    return Object.fromEntries(rows.map(({ key, count }) => [key, count]));
  };
  const ticks = await bus.manager.streams.info(STREAMS.ticks.name);
  const runs = await countBy(
    `SELECT job AS key, count(*)::int AS count FROM vigia.executions WHERE status = 'completed' GROUP BY 1 ORDER BY 1`,
  );
  return {
    ticks: ticks.state.last_seq,
    runs,
    failedRuns: await count("SELECT count(*) FROM vigia.executions WHERE status = 'failed'"),
    syncedBlock: await count("SELECT coalesce(max(block_number), 0) FROM vigia.chain_cursors"),
    syncedLogs: await count("SELECT count(*) FROM vigia.chain_logs"),
    expiredOrders: await count("SELECT count(*) FROM marketplace.orders WHERE status = 'expired'"),
    findings: await countBy("SELECT check_code AS key, count(*)::int AS count FROM vigia.issues GROUP BY 1 ORDER BY 1"),
    notifications: await count("SELECT count(*) FROM vigia.notifications"),
    notifiedUsers: await count("SELECT count(DISTINCT user_id) FROM vigia.notifications"),
    resyncs: runs["chain-sync.resync"] ?? 0,
    deadLetters: await count("SELECT count(*) FROM vigia.dead_letters"),
    degradations: await count("SELECT count(*) FROM vigia.event_feed WHERE subject = 'vigia.event.tracker.degraded'"),
  };
}
