import type { Database, Queryable } from "@vigia/database";
import { type Severity, STREAMS } from "@vigia/messages";
import type { Bus } from "@vigia/runtime";
import { countDeadLetters } from "./dead-letters.ts";
import { findJobs } from "./jobs.ts";
import type { Run } from "./runs.ts";

export interface TaskStatus {
  readonly task: string;
  readonly lastRun: Run | null;
  readonly running: Run | null;
  readonly schedule: Schedule | null;
}

export interface Schedule {
  readonly cron: string;
  readonly timeZone: string | null;
  readonly nextDue: Date | null;
  readonly paused: boolean;
  /** `null`: until it is resumed. */
  readonly pausedUntil: Date | null;
  readonly pauseReason: string | null;
}

export interface ChainStatus {
  readonly chainId: number;
  readonly contract: string;
  readonly block: number;
  readonly headBlock: number;
  /** The blocks that could have been read, and were not: those that are still to be confirmed do not count. */
  readonly lagBlocks: number;
  readonly updatedAt: Date;
}

export interface DatabaseStatus {
  readonly tasks: readonly TaskStatus[];
  readonly chains: readonly ChainStatus[];
  readonly openIssues: Readonly<Partial<Record<Severity, number>>>;
  /** Acknowledged or snoozed. */
  readonly quietIssues: number;
  /** Those that nobody has replayed. */
  readonly deadLetters: number;
  /** Those of Vigia's processes that are connected, by their services' names. */
  readonly connected: readonly string[];
}

export interface BusStatus {
  /** Streams that no service has made yet. */
  readonly missingStreams: readonly string[];
  readonly waitingCommands: number;
}

/** What a server answered, or why it did not. */
export type Answer<T> = { readonly server: string } & (
  | { readonly there: true; readonly value: T }
  | { readonly there: false; readonly problem: string }
);

export interface Status {
  readonly bus: Answer<BusStatus>;
  readonly database: Answer<DatabaseStatus>;
  /** Unknown where the database is away. */
  readonly services: readonly ServiceStatus[] | undefined;
}

export interface ServiceStatus {
  readonly name: string;
  readonly there: boolean;
}

export function askDatabase(database: Database): Promise<DatabaseStatus> {
  return database.snapshot(async (view) => ({
    tasks: await findTasks(view),
    chains: await findChains(view),
    ...(await countIssues(view)),
    deadLetters: await countDeadLetters(view),
    connected: await findConnected(view),
  }));
}

async function findTasks(view: Queryable): Promise<TaskStatus[]> {
  return (await findJobs(view)).map(({ task, lastRun, running, ...schedule }) => ({
    task,
    lastRun,
    running,
    schedule: schedule.cron === null ? null : { ...schedule, cron: schedule.cron },
  }));
}

async function findChains(sql: Queryable): Promise<ChainStatus[]> {
  const { rows } = await sql.query<ChainStatus>(
    `SELECT chain_id AS "chainId", contract, block_number AS block, head_number AS "headBlock",
            lag_blocks AS "lagBlocks", updated_at AS "updatedAt"
       FROM vigia.chain_cursors ORDER BY chain_id, contract`,
  );
  return rows;
}

async function countIssues(sql: Queryable): Promise<Pick<DatabaseStatus, "openIssues" | "quietIssues">> {
  const { rows } = await sql.query<{ severity: Severity; open: number; quiet: number }>(
    `SELECT severity, count(*) FILTER (WHERE status = 'open') AS open,
            count(*) FILTER (WHERE status IN ('acknowledged', 'snoozed')) AS quiet
       FROM vigia.issues WHERE status <> 'resolved' GROUP BY severity`,
  );
  return {
    openIssues: Object.fromEntries(rows.filter(({ open }) => open > 0).map(({ severity, open }) => [severity, open])),
    quietIssues: rows.reduce((sum, { quiet }) => sum + quiet, 0),
  };
}

/** A service's connections bear its name, and end with its process. */
async function findConnected(sql: Queryable): Promise<string[]> {
  const { rows } = await sql.query<{ service: string }>(
    `SELECT DISTINCT substr(application_name, length('vigia-') + 1) AS service
       FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'vigia-%'
      ORDER BY service`,
  );
  return rows.map(({ service }) => service);
}

export async function askBus(bus: Bus): Promise<BusStatus> {
  const messages = new Map<string, number>();
  for await (const { config, state } of bus.manager.streams.list()) messages.set(config.name, state.messages);
  const names = Object.values(STREAMS).map(({ name }) => name);
  return {
    missingStreams: names.filter((name) => !messages.has(name)),
    waitingCommands: messages.get(STREAMS.commands.name) ?? 0,
  };
}
