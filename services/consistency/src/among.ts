import { createHash } from "node:crypto";
import type { ChangedTrades } from "@vigia/database";
import type { Check } from "./check.ts";
import { type Sql, sql, textOf } from "./sql.ts";

/** Which trades a check looks at: conditions for its query's WHERE, each true for a row of a trade that is looked at. */
export interface Among {
  /** By an order's id. */
  orders(id: Sql): Sql;
  /** By a table with `chain_id`, `contract` and `escrow_id`, under the name that the query gives it. */
  escrows(table: Sql): Sql;
  /** By what orders and escrows are matched by before they are linked. */
  tradeKeys(key: Sql): Sql;
}

const ANY = sql`true`;

/** All trades. */
export const ALL: Among = { orders: () => ANY, escrows: () => ANY, tradeKeys: () => ANY };

/** Those of which something changed. */
export function amongChanged({ orders, escrows, tradeKeys }: Omit<ChangedTrades, "trades">): Among {
  return {
    orders: (id) => sql`${id} = ANY(${orders}::uuid[])`,
    escrows: (table) => sql`(${table}.chain_id, ${table}.contract, ${table}.escrow_id) IN (
      SELECT * FROM unnest(${escrows.map(({ chainId }) => chainId)}::bigint[],
                           ${escrows.map(({ contract }) => contract)}::text[],
                           ${escrows.map(({ escrowId }) => escrowId)}::text[]))`,
    tradeKeys: (key) => sql`${key} = ANY(${tradeKeys}::text[])`,
  };
}

const NEVER = { now: new Date(0), settled: new Date(0) };
const NONE = amongChanged({ orders: [], escrows: [], tradeKeys: [] });

/** Whether a check's query asks which trades it is to look at. Any other looks at all, each time. */
export function asksWhich({ query }: Pick<Check, "query">): boolean {
  return textOf(query({ ...NEVER, among: ALL })) !== textOf(query({ ...NEVER, among: NONE }));
}

/** Differs where trades that did not change would have to be looked at anew. */
export function digestOf(checks: readonly Check[]): string {
  const asked = checks.filter(asksWhich).map(({ code, inhibits, query }) => {
    const { strings, values } = query({ ...NEVER, among: ALL });
    return { code, inhibits, strings, values };
  });
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}
