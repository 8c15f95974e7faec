/** Whatever runs SQL: a pool, or one transaction. Rows come typed by the caller; `int8` as number, `numeric` as string. */
export interface Queryable {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>;
}
