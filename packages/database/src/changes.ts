import { TRADE } from "./issues.ts";
import type { Queryable } from "./queryable.ts";

/** An escrow, by what it is called on its chain. */
export interface NamedEscrow {
  readonly chainId: number;
  readonly contract: string;
  readonly escrowId: string;
}

/** Trades of which something changed, each with all that belongs to it. */
export interface ChangedTrades {
  /** Ids of orders. */
  readonly orders: readonly string[];
  readonly escrows: readonly NamedEscrow[];
  /** What orders and escrows are matched by before they are linked. */
  readonly tradeKeys: readonly string[];
  /** What findings on them call their trades: orders by their ids, escrows as chain:contract:id. */
  readonly trades: ReadonlySet<string>;
}

interface Noted {
  readonly orderId: string | null;
  readonly chainId: number | null;
  readonly contract: string | null;
  readonly escrowId: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ESCROW = /^(\d+):([^:]+):([^:]+)$/;
/** Where changes must be noted, so that what did not change need not be looked at. */
const NOTED_TABLES = [
  ...["marketplace.orders", "marketplace.order_history", "marketplace.disputes"],
  ...["vigia.escrows", "vigia.escrow_transitions", "vigia.chain_logs", "vigia.chain_cursors", "vigia.downtimes"],
];
/** For what is inserted, updated, deleted and truncated. */
const TRIGGERS_OF_A_TABLE = 4;

/**
 * The trades of which something changed that no run has seen, and those that are to be looked at again, as this view shows
 * them. `undefined` where all may have changed, where more than `most` did, or where nobody notes it.
 */
export async function readChangedTrades(view: Queryable, most: number): Promise<ChangedTrades | undefined> {
  if (!(await isNoted(view))) return undefined;
  const { rows: noted } = await view.query<Noted>(
    `SELECT DISTINCT order_id AS "orderId", chain_id AS "chainId", contract, escrow_id AS "escrowId"
       FROM vigia.changes LIMIT $1`,
    [most + 1],
  );
  const again = await readTradesToSeeAgain(view, most + 1);
  if (noted.length + again.length > most) return undefined;
  if (noted.some(({ orderId, escrowId }) => orderId === null && escrowId === null)) return undefined;
  // What is no trade is of a check that looks at all, or stays as it is until all is looked at.
  const trades = again.filter((name) => notedBy(name).length > 0);
  return withAllThatBelongs(view, [...noted, ...trades.flatMap(notedBy)], trades);
}

/** Whether each table has its triggers. Those of a table that others replaced by a view of theirs are gone with it. */
async function isNoted(view: Queryable): Promise<boolean> {
  const { rowCount } = await view.query(
    `SELECT FROM pg_trigger
      WHERE tgname LIKE 'vigia\\_notes\\_%' AND tgenabled IN ('O', 'A')
        AND tgrelid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)`,
    [NOTED_TABLES],
  );
  return rowCount === NOTED_TABLES.length * TRIGGERS_OF_A_TABLE;
}

/** What may come right, come forth, or be healed without a change: what was kept back, and all that is open. */
async function readTradesToSeeAgain(view: Queryable, most: number): Promise<string[]> {
  const { rows } = await view.query<{ trade: string }>(
    `SELECT trade FROM vigia.withheld_findings
      UNION
     SELECT ${TRADE} FROM vigia.issues
      WHERE status <> 'resolved'
      LIMIT $1`,
    [most],
  );
  return rows.map(({ trade }) => trade);
}

function notedBy(trade: string): Noted[] {
  const nothing = { orderId: null, chainId: null, contract: null, escrowId: null };
  if (UUID.test(trade)) return [{ ...nothing, orderId: trade }];
  const [, chainId, contract = null, escrowId = null] = ESCROW.exec(trade) ?? [];
  return chainId === undefined ? [] : [{ ...nothing, chainId: Number(chainId), contract, escrowId }];
}

/**
 * A change of an order concerns its escrows, and one of an escrow its order, whether they are linked or share a key; a
 * change of either concerns the others that belong to the same order. On a chain that is followed an escrow may be known by
 * its logs alone.
 */
async function withAllThatBelongs(
  view: Queryable,
  noted: readonly Noted[],
  again: readonly string[],
): Promise<ChangedTrades> {
  const keys = present(noted.map(({ escrowId }) => escrowId));
  const { rows: byKey } = await view.query<{ id: string }>(
    `SELECT id FROM marketplace.orders WHERE trade_key = ANY($1::text[])
      UNION SELECT order_id FROM vigia.escrows WHERE escrow_id = ANY($1::text[]) AND order_id IS NOT NULL`,
    [keys],
  );
  const orders = present([...noted.map(({ orderId }) => orderId), ...byKey.map(({ id }) => id)]);
  const { rows: ofOrders } = await view.query<{ key: string | null }>(
    `SELECT trade_key AS key FROM marketplace.orders WHERE id = ANY($1::uuid[])`,
    [orders],
  );
  const allKeys = present([...keys, ...ofOrders.map(({ key }) => key)]);
  const { rows: belonging } = await view.query<NamedEscrow>(
    `SELECT chain_id AS "chainId", contract, escrow_id AS "escrowId" FROM vigia.escrows WHERE order_id = ANY($1::uuid[])
      UNION SELECT chain_id, contract, escrow_id FROM vigia.escrows WHERE escrow_id = ANY($2::text[])
      UNION SELECT chain_id, contract, key FROM vigia.chain_cursors CROSS JOIN unnest($2::text[]) AS key`,
    [orders, allKeys],
  );
  const escrows = new Map([...noted.flatMap(namedBy), ...belonging].map((escrow) => [nameOf(escrow), escrow]));
  return {
    orders,
    escrows: [...escrows.values()],
    tradeKeys: present([...allKeys, ...belonging.map(({ escrowId }) => escrowId)]),
    trades: new Set([...orders, ...escrows.keys(), ...again]),
  };
}

function namedBy({ chainId, contract, escrowId }: Noted): NamedEscrow[] {
  return chainId === null || contract === null || escrowId === null ? [] : [{ chainId, contract, escrowId }];
}

function nameOf({ chainId, contract, escrowId }: NamedEscrow): string {
  return `${chainId}:${contract}:${escrowId}`;
}

function present(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}

export interface Changes {
  /**
   * The oldest transaction that is under way: the changes of those before it are in every view from now on, however late
   * theirs commit that come after it.
   */
  horizon(): Promise<string>;
  /** Those of transactions before that one have been seen. */
  forget(before: string): Promise<void>;
}

export function changes(sql: Queryable): Changes {
  return {
    async horizon() {
      // Whatever another cluster wrote, of which this one is a restored copy, has numbers that are still to come here.
      await sql.query(
        `UPDATE vigia.changes SET xid = pg_current_xact_id() WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`,
      );
      const { rows } = await sql.query<{ xid: string }>("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid");
      if (!rows[0]) throw new Error("pg_current_snapshot() gave no row");
      return rows[0].xid;
    },
    async forget(before) {
      await sql.query("DELETE FROM vigia.changes WHERE xid < $1::xid8", [before]);
    },
  };
}
