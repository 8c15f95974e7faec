import type { Queryable } from "@vigia/database";
import type { Run as RecordedRun, RunFilter } from "@vigia/reporting/queries";

/** One attempt at a task. */
export interface Run extends Omit<RecordedRun, "error"> {
  /** Its message alone; `vigia runs show` has where it came from. */
  readonly error: string | null;
}

export interface RunPage {
  readonly runs: readonly Run[];
  /** What to go on before; `null`: these are the last. */
  readonly next: number | null;
}

/** The newest runs first. */
export async function findRuns(sql: Queryable, filter: RunFilter): Promise<RunPage> {
  const { listRuns } = await import("@vigia/reporting/queries");
  const { runs, next } = await listRuns(sql, filter);
  return { runs: runs.map(briefly), next };
}

export function briefly(run: RecordedRun): Run {
  return { ...run, error: run.error?.message ?? null };
}
