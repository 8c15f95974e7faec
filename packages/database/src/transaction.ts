import type { OutgoingEvent } from "@vigia/messages";
import type { EntityManager } from "typeorm";
import { type Checkpoints, checkpoints } from "./checkpoints.ts";
import { type Orders, orders } from "./orders.ts";
import type { Queryable } from "./queryable.ts";

/** One unit of work: the questions that jobs ask, plain SQL, and the events that become true with it. */
export interface Transaction extends Queryable {
  /** Publishes when, and only when, this transaction commits. */
  emit(events: OutgoingEvent | readonly OutgoingEvent[]): Promise<void>;
  readonly entities: EntityManager;
  readonly orders: Orders;
  readonly checkpoints: Checkpoints;
}

export type Emit = (sql: Queryable, events: readonly OutgoingEvent[]) => Promise<void>;

export function createTransaction(sql: Queryable, entities: EntityManager, emit: Emit): Transaction {
  return {
    query: sql.query,
    emit: (events) => emit(sql, [events].flat()),
    entities,
    orders: orders(sql),
    checkpoints: checkpoints(sql),
  };
}
