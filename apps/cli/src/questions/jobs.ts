import type { Queryable } from "@vigia/database";
import type { Job as KnownJob } from "@vigia/reporting/queries";
import { briefly, type Run } from "./runs.ts";

/** A task of the catalogue, with what the schedulers and the record of runs know of it. */
export interface Job extends Omit<KnownJob, "lastRun" | "running"> {
  /** The newest one that has ended. */
  readonly lastRun: Run | null;
  readonly running: Run | null;
}

/** Every task, in the catalogue's order. Pass one consistent view. */
export async function findJobs(view: Queryable): Promise<readonly Job[]> {
  const { listJobs } = await import("@vigia/reporting/queries");
  const jobs = await listJobs(view);
  return jobs.map((job) => ({
    ...job,
    lastRun: job.lastRun && briefly(job.lastRun),
    running: job.running && briefly(job.running),
  }));
}
