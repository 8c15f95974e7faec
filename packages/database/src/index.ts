/** PostgreSQL: the unit of work with its outbox, the entities, the migrations, and the questions that the jobs ask. */
export type { AlertGroup, Alerts, AlertTimes } from "./alerts.ts";
export {
  advanceBusMark,
  type BusMark,
  busMark,
  hasLostEvents,
  readBusMark,
  relayAgain,
  type StreamPlace,
} from "./bus-marks.ts";
export {
  type Chain,
  type ChainBlock,
  type ChainCursor,
  type ChainLog,
  type ChainView,
  type ContractKey,
  chain,
} from "./chain.ts";
export type { AnnouncedContract, ChainLink, ChainLinks, LinkChange } from "./chain-links.ts";
export { type ChangedTrades, readChangedTrades } from "./changes.ts";
export { type CleanupReport, noteCleanup } from "./cleanup-reports.ts";
export { compareMigrations, type MigrationsCompared } from "./compare-migrations.ts";
export { type DatabaseTls, readDatabaseUrl } from "./connection.ts";
export { type DailyFigures, dailyReportId } from "./daily-report.ts";
export type { DatabaseOptions } from "./data-source.ts";
export { type Database, openDatabase } from "./database.ts";
export type { DeadLetter, DeadLetters } from "./dead-letters.ts";
export type { Deliveries, Delivery, DeliveryOutcome, Subscription, Turn, WhichDeliveries } from "./deliveries.ts";
export type { Downtime, Downtimes } from "./downtimes.ts";
export { type EndpointLimit, endpointLimits, noteLimit } from "./endpoint-limits.ts";
export { keepEndpoints, noteState } from "./endpoint-states.ts";
export { type EndpointUntruth, noteUntruth } from "./endpoint-untruths.ts";
export { type Dispute, DisputeEntity } from "./entities/dispute.ts";
export { type Escrow, EscrowEntity, type StatusSource } from "./entities/escrow.ts";
export { type Order, OrderEntity } from "./entities/order.ts";
export { type User, UserEntity } from "./entities/user.ts";
export { type EscrowFacts, type Escrows, type EscrowTransition, escrows, type TransitionSource } from "./escrows.ts";
export { beginTry, countFailedTry, forgetFailedTries } from "./failed-tries.ts";
export { isFinal } from "./finality.ts";
export { handleOnce, handleOnceEach, lockMessage } from "./handled-messages.ts";
export type { DueHeal, HealedIssue, HealNote, Heals } from "./heals.ts";
export {
  type Cause,
  type CauseChecks,
  type EntityRange,
  type Issue,
  type IssueMark,
  type IssueStatus,
  type OpenCount,
  readCauses,
  readIssues,
  readOpenIssues,
  type WhichIssues,
} from "./issues.ts";
export { migrate } from "./migrate.ts";
export type { Notification, Recipient } from "./notifications.ts";
export type { EscrowKey, Expired, OrderChange } from "./orders.ts";
export { claimWaiting, type EventContext, isAnyWaiting, markRelayed, type OutboxMessage } from "./outbox.ts";
export type { BulkQueryable, Queryable } from "./queryable.ts";
export {
  type Balance,
  type CodeReading,
  type EscrowReading,
  type Holding,
  type Readings,
  readings,
} from "./readings.ts";
export type { Aged } from "./retention.ts";
export type { Transaction } from "./transaction.ts";
export { WARNING_SUBJECTS } from "./warning-subjects.ts";
export type { WithheldFinding } from "./withheld-findings.ts";
