import type { CopyValue } from "./copy.ts";

/** Whatever runs SQL: a pool, or one transaction. Rows come typed by the caller; `int8` as number, `numeric` as string. */
export interface Queryable {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>;
}

/** It also takes many rows at once. */
export interface BulkQueryable extends Queryable {
  /** Adds rows in the order given, by `COPY`. `into`: the table and its columns. */
  copy(into: string, rows: Iterable<readonly CopyValue[]>): Promise<void>;
}
