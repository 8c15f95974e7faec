import type { Queryable } from "@vigia/database";

/** The time that all schedulers share: a process whose own clock is wrong, or is set, fires nothing too early or too late. */
export interface Clock {
  now(): Date;
  /** Asks for the time anew; `now` needs it once before. */
  measure(): Promise<void>;
}

/** The database's clock, in milliseconds since 1970. */
export async function readTimeMs(sql: Queryable): Promise<number> {
  const { rows } = await sql.query<{ ms: number }>(
    `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`,
  );
  const [row] = rows;
  if (!row) throw new Error("a query for the time has one row");
  return row.ms;
}

/**
 * The database's clock, carried on between two measurements by the process's monotonic one, which nobody sets. It is
 * never ahead of the database's, and behind it by less than the shortest of the last questions took.
 */
export function createDatabaseClock(sql: Queryable): Clock {
  /** The bounds of how far the database's clock is ahead of the monotonic one. */
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  return {
    now: () => new Date(performance.now() + least),
    async measure() {
      const askedAt = performance.now();
      const timeMs = await readTimeMs(sql);
      // The time was read somewhere between the question and the answer.
      const [low, high] = [timeMs - performance.now(), timeMs - askedAt];
      const agrees = low <= most && high >= least;
      // Otherwise one of the two clocks was set, or stood still while the machine slept.
      least = agrees ? Math.max(least, low) : low;
      most = agrees ? Math.min(most, high) : high;
    },
  };
}
