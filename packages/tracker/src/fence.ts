import type { Queryable } from "./queryable.ts";

/** The lock of a job is no longer (or was never) this process's. Whatever it still does for that job must stop. */
export class LockLostError extends Error {
  override readonly name = "LockLostError";
  readonly job: string;

  constructor(job: string, reason: string, options?: ErrorOptions) {
    super(`the lock of ${job} is lost: ${reason}`, options);
    this.job = job;
  }
}

/**
 * Proves, inside the caller's transaction, that `fence` is still the job's newest. The row stays locked for sharing until
 * the transaction ends, so a new holder's fence comes after everything that this transaction writes.
 * Throws `LockLostError` when another fence was taken; roll back then.
 */
export async function assertFence(sql: Queryable, job: string, fence: bigint): Promise<void> {
  const { rows } = await sql.query<{ fence: string }>("SELECT fence FROM vigia.job_fences WHERE job = $1 FOR SHARE", [
    job,
  ]);
  const newest = rows[0]?.fence;
  if (newest === undefined) throw new LockLostError(job, `no fence was ever taken, this holder has ${fence}`);
  if (BigInt(newest) !== fence) throw new LockLostError(job, `the fence is ${newest}, this holder has ${fence}`);
}
