import type { Client, QueryResult } from "pg";
import type { EntityManager, QueryRunner } from "typeorm";
import { copyRows } from "./copy.ts";
import { createDataSource, type DatabaseOptions } from "./data-source.ts";
import { type EventContext, writeToOutbox } from "./outbox.ts";
import type { BulkQueryable, Queryable } from "./queryable.ts";
import { withAdvice } from "./refusal.ts";
import { createTransaction, type Transaction } from "./transaction.ts";

export interface Database extends BulkQueryable {
  /**
   * Runs `work` in one transaction. What it emits goes to the outbox with its effects, or not at all. `context` says
   * who emits, and because of which message; `causedBy` is the same transaction where that is another one.
   */
  transaction<T>(
    context: EventContext,
    work: (tx: Transaction, causedBy: (context: EventContext) => Transaction) => Promise<T>,
  ): Promise<T>;
  /** One consistent view for many reads: `REPEATABLE READ, READ ONLY`. It takes no lock that a writer waits for. */
  snapshot<T>(work: (view: Queryable) => Promise<T>): Promise<T>;
  /** Called after each commit that left events in the outbox: a relay need not wait for its next look. */
  onEmitted(listener: () => void): void;
  /** Ends within 2 s; connections that the server keeps silent on are then left to the end of the process. */
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;

/** Connects; throws where the database can't be reached. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const source = createDataSource(options);
  await source.initialize();
  const listeners: (() => void)[] = [];

  async function withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = source.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }

  return {
    query: (text, values) => withRunner((runner) => queryableOf(runner).query(text, values)),
    copy: (into, rows) => withRunner((runner) => queryableOf(runner).copy(into, rows)),
    async transaction(context, work) {
      let emitted = false;
      const result = await source.transaction((manager) => {
        const causedBy = (cause: EventContext) =>
          createTransaction(queryableOf(runnerOf(manager)), manager, async (sql, events) => {
            emitted ||= events.length > 0;
            await writeToOutbox(sql, cause, events);
          });
        return work(causedBy(context), causedBy);
      });
      if (emitted) for (const listener of listeners) listener();
      return result;
    },
    snapshot: (work) =>
      source.transaction("REPEATABLE READ", async (manager) => {
        const view = queryableOf(runnerOf(manager));
        await view.query("SET TRANSACTION READ ONLY");
        return work(view);
      }),
    onEmitted: (listener) => listeners.push(listener),
    close: () => within(CLOSE_MS, source.destroy()),
  };
}

async function within(ms: number, closing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([closing, late]);
  clearTimeout(timer);
}

function runnerOf(manager: EntityManager): QueryRunner {
  if (!manager.queryRunner) throw new Error("a transaction always has its query runner");
  return manager.queryRunner;
}

/** The runner's connection without the runner, which tells listeners of each statement, and there are none. */
function queryableOf(runner: QueryRunner): BulkQueryable {
  const connect = () => runner.connect() as Promise<Client>;
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const client = await connect();
      // Of several statements, which have no values, it gives a list, and nobody reads their rows.
      const result: Partial<QueryResult<Row>> = await client.query<Row>(text, [...values]).catch((error: unknown) => {
        throw withAdvice(error);
      });
      const { rows = [], rowCount } = result;
      return { rows, rowCount: rowCount ?? rows.length };
    },
    async copy(into, rows) {
      const client = await connect();
      await copyRows(client, into, rows).catch((error: unknown) => {
        throw withAdvice(error);
      });
    },
  };
}
