import type { OutgoingEvent } from "@vigia/messages";
import type { EntityManager } from "typeorm";
import { type Alerts, alerts } from "./alerts.ts";
import { type Chain, chain } from "./chain.ts";
import { type Changes, changes } from "./changes.ts";
import { type Checkpoints, checkpoints } from "./checkpoints.ts";
import { type DailyReports, dailyReports } from "./daily-report.ts";
import { type DeadLetters, deadLetters } from "./dead-letters.ts";
import { type Deliveries, deliveries } from "./deliveries.ts";
import { type Downtimes, downtimes } from "./downtimes.ts";
import { type Escrows, escrows } from "./escrows.ts";
import { type Heals, heals } from "./heals.ts";
import { type Issues, issues } from "./issues.ts";
import { type Notifications, notifications } from "./notifications.ts";
import { type Orders, orders } from "./orders.ts";
import type { BulkQueryable } from "./queryable.ts";
import { type Readings, readings } from "./readings.ts";
import { type Rebuilds, rebuilds } from "./rebuilds.ts";
import { type Retention, retention } from "./retention.ts";
import { type WithheldFindings, withheldFindings } from "./withheld-findings.ts";

/** One unit of work: the questions that jobs ask, plain SQL, and the events that become true with it. */
export interface Transaction extends BulkQueryable {
  /** Publishes when, and only when, this transaction commits. */
  emit(events: OutgoingEvent | readonly OutgoingEvent[]): Promise<void>;
  readonly entities: EntityManager;
  readonly alerts: Alerts;
  readonly orders: Orders;
  readonly escrows: Escrows;
  readonly chain: Chain;
  readonly checkpoints: Checkpoints;
  readonly heals: Heals;
  readonly issues: Issues;
  readonly notifications: Notifications;
  readonly retention: Retention;
  readonly readings: Readings;
  readonly rebuilds: Rebuilds;
  readonly dailyReports: DailyReports;
  readonly deadLetters: DeadLetters;
  readonly deliveries: Deliveries;
  readonly downtimes: Downtimes;
  readonly withheldFindings: WithheldFindings;
  readonly changes: Changes;
}

export type Emit = (sql: BulkQueryable, events: readonly OutgoingEvent[]) => Promise<void>;

export function createTransaction(sql: BulkQueryable, entities: EntityManager, emit: Emit): Transaction {
  return {
    query: sql.query,
    copy: sql.copy,
    emit: (events) => emit(sql, [events].flat()),
    entities,
    alerts: alerts(sql),
    orders: orders(sql),
    escrows: escrows(sql),
    chain: chain(sql),
    checkpoints: checkpoints(sql),
    heals: heals(sql),
    issues: issues(sql),
    notifications: notifications(sql),
    retention: retention(sql),
    readings: readings(sql),
    rebuilds: rebuilds(sql),
    dailyReports: dailyReports(sql),
    deadLetters: deadLetters(sql),
    deliveries: deliveries(sql),
    downtimes: downtimes(sql),
    withheldFindings: withheldFindings(sql),
    changes: changes(sql),
  };
}
