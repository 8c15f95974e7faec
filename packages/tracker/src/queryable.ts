/**
 * The one way in which the tracker reaches Postgres. A `pg.Pool`, a `pg.Client` and a thin wrapper around a typeorm query
 * runner all satisfy it. Rows come as the pg driver gives them: `bigint` as text, `timestamptz` as `Date`.
 */
export interface Queryable {
  query<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<{ rows: R[] }>;
}
