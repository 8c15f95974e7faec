import { Client, type ClientConfig } from "pg";
import { DataSource, type DataSourceOptions } from "typeorm";
import { type DatabaseTls, readDatabaseUrl } from "./connection.ts";
import { DisputeEntity } from "./entities/dispute.ts";
import { EscrowEntity } from "./entities/escrow.ts";
import { OrderEntity } from "./entities/order.ts";
import { UserEntity } from "./entities/user.ts";
import { Foundation1700000001000 } from "./migrations/1700000001000-foundation.ts";
import { Tracker1700000002000 } from "./migrations/1700000002000-tracker.ts";
import { BusMarks1700000003000 } from "./migrations/1700000003000-bus-marks.ts";
import { PausesAndDeadLetters1700000004000 } from "./migrations/1700000004000-pauses-and-dead-letters.ts";
import { Downtimes1700000005000 } from "./migrations/1700000005000-downtimes.ts";
import { Canaries1700000006000 } from "./migrations/1700000006000-canaries.ts";
import { Readings1700000006001 } from "./migrations/1700000006001-readings.ts";
import { ChainLinks1700000007000 } from "./migrations/1700000007000-chain-links.ts";
import { IssueHistory1700000008000 } from "./migrations/1700000008000-issue-history.ts";
import { FailedTries1700000009000 } from "./migrations/1700000009000-failed-tries.ts";
import { Subscriptions1700000010000 } from "./migrations/1700000010000-subscriptions.ts";
import { OperatorActions1700000011000 } from "./migrations/1700000011000-operator-actions.ts";
import { Alerts1700000012000 } from "./migrations/1700000012000-alerts.ts";
import { Ages1700000013000 } from "./migrations/1700000013000-ages.ts";
import { Parcels1700000014000 } from "./migrations/1700000014000-parcels.ts";
import { DeliveriesOfRuns1700000019000 } from "./migrations/1700000019000-deliveries-of-runs.ts";
import { CheckpointsPerMessage1700000020000 } from "./migrations/1700000020000-checkpoints-per-message.ts";
import { BegunTries1700000021000 } from "./migrations/1700000021000-begun-tries.ts";
import { AnnouncedTicks1700000023000 } from "./migrations/1700000023000-announced-ticks.ts";
import { EndpointLimits1700000024000 } from "./migrations/1700000024000-endpoint-limits.ts";
import { ScheduleTimeZones1700000025000 } from "./migrations/1700000025000-schedule-time-zones.ts";
import { IssueCommands1700000026000 } from "./migrations/1700000026000-issue-commands.ts";
import { NoticesFound1700000027000 } from "./migrations/1700000027000-notices-found.ts";
import { EndpointStates1700000028000 } from "./migrations/1700000028000-endpoint-states.ts";
import { CleanupReports1700000029000 } from "./migrations/1700000029000-cleanup-reports.ts";
import { FinalityMarks1700000030000 } from "./migrations/1700000030000-finality-marks.ts";
import { EscrowsByBlock1700000031000 } from "./migrations/1700000031000-escrows-by-block.ts";
import { LightOutbox1700000032000 } from "./migrations/1700000032000-light-outbox.ts";
import { BackendEvents1700000033000 } from "./migrations/1700000033000-backend-events.ts";
import { Cancellations1700000034000 } from "./migrations/1700000034000-cancellations.ts";
import { FeedWarnings1700000035000 } from "./migrations/1700000035000-feed-warnings.ts";
import { EndedSessions1700000036000 } from "./migrations/1700000036000-ended-sessions.ts";
import { Rebuilds1700000037000 } from "./migrations/1700000037000-rebuilds.ts";
import { WithheldFindings1700000041000 } from "./migrations/1700000041000-withheld-findings.ts";
import { Heals1700000042000 } from "./migrations/1700000042000-heals.ts";
import { Changes1700000043000 } from "./migrations/1700000043000-changes.ts";

/** In their order. */
export const MIGRATIONS = [
  Foundation1700000001000,
  Tracker1700000002000,
  BusMarks1700000003000,
  PausesAndDeadLetters1700000004000,
  Downtimes1700000005000,
  Canaries1700000006000,
  Readings1700000006001,
  ChainLinks1700000007000,
  IssueHistory1700000008000,
  FailedTries1700000009000,
  Subscriptions1700000010000,
  OperatorActions1700000011000,
  Alerts1700000012000,
  Ages1700000013000,
  Parcels1700000014000,
  DeliveriesOfRuns1700000019000,
  CheckpointsPerMessage1700000020000,
  BegunTries1700000021000,
  AnnouncedTicks1700000023000,
  EndpointLimits1700000024000,
  ScheduleTimeZones1700000025000,
  IssueCommands1700000026000,
  NoticesFound1700000027000,
  EndpointStates1700000028000,
  CleanupReports1700000029000,
  FinalityMarks1700000030000,
  EscrowsByBlock1700000031000,
  LightOutbox1700000032000,
  BackendEvents1700000033000,
  Cancellations1700000034000,
  FeedWarnings1700000035000,
  EndedSessions1700000036000,
  Rebuilds1700000037000,
  WithheldFindings1700000041000,
  Heals1700000042000,
  Changes1700000043000,
] as const;

/** Where those that are applied are noted, in a schema that is named. */
export const APPLIED_MIGRATIONS = { schema: "public", table: "vigia_migrations" } as const;

const STATEMENT_TIMEOUT_MS = 60_000;
/**
 * Beyond that a process hangs or was stopped in the middle of a transaction, and Postgres ends it: what it holds (a job's
 * fence, a source's events) is for others to go on with. More than a lease, so that whoever still has one is left alone.
 */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** What a service does every few seconds finds its connections open: to make one costs more than a hundred questions. */
const KEEP_CONNECTION_MS = 5 * 60_000;
/** Whoever moves an order by this package tells of it by `emit`, with its reason: the triggers leave that alone. */
const TELLS_ITSELF = "-c vigia.silent=on";

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`, and `?sslmode=verify-full` for TLS. */
  readonly url: string;
  readonly tls?: DatabaseTls | undefined;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly poolSize?: number;
  readonly connectTimeoutMs?: number;
  /** An idle connection broke; the pool replaces it. */
  readonly onConnectionError?: (error: Error) => void;
}

/**
 * A connection that is made just as the server shuts down gets its readiness and the server's last word in one piece:
 * the pool does not listen to it any more, typeorm not yet, and an error that nobody listens to would end the process.
 */
class ListenedClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    this.on("error", () => {});
  }
}

export function dataSourceOptions(options: DatabaseOptions): DataSourceOptions {
  const { url, ssl } = readDatabaseUrl(options.url, options.tls);
  return {
    type: "postgres",
    url,
    ssl,
    applicationName: options.applicationName,
    poolSize: options.poolSize ?? 8,
    parseInt8: true,
    connectTimeoutMS: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    poolErrorHandler: (error: Error) => options.onConnectionError?.(error),
    extra: {
      Client: ListenedClient,
      idleTimeoutMillis: KEEP_CONNECTION_MS,
      options: TELLS_ITSELF,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
    entities: [UserEntity, OrderEntity, EscrowEntity, DisputeEntity],
    migrations: [...MIGRATIONS],
    migrationsTableName: APPLIED_MIGRATIONS.table,
    // Named, for a search path that begins with a schema of ours, as that of a role called `vigia` does, would lead to
    // another table once the first migration has made that schema.
    schema: APPLIED_MIGRATIONS.schema,
    migrationsTransactionMode: "each",
    logging: false,
  };
}

export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(options));
}
