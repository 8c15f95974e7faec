import type { Queryable } from "./queryable.ts";

/**
 * Has a batch walk its index from where the last one ended, whatever the statistics say: with nothing but nested loops
 * over indexes to choose from, each batch costs what it changes, and not what is left to change. So nothing need be
 * counted anew (`ANALYZE`) between batches or after a large deletion; autovacuum does that for everybody else. Holds to
 * the transaction's end.
 */
export async function walkIndexes(sql: Queryable): Promise<void> {
  await sql.query(`SELECT set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),
                          set_config('enable_hashjoin', 'off', true),
                          set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)`);
}
