import { type Database, openDatabase, type Queryable } from "@vigia/database";
import type { DatabasePlace, Logger } from "@vigia/runtime";

const LOOK_MS = 250;

/** A copy of the database that checks read from, so that the one that is written to has less to do. */
export interface Replica extends DatabasePlace {
  /** How long a run waits for it to come as far as the run's beginning. */
  readonly patienceSeconds: number;
}

export interface ViewOptions {
  readonly replica: Replica | undefined;
  /** Whether a view shows what was so when the run began. */
  readonly isRecent: (view: Queryable) => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, "warn">;
}

/**
 * Gives `work` one view of the tables for all its questions: on the replica, once that has come as far as the run's
 * beginning, and on the primary where it does not in time, or can't be reached. Then `unread` says why: nothing is judged by
 * a view that is older than the run.
 */
export async function withView<T>(
  primary: Pick<Database, "snapshot">,
  { replica, isRecent, signal, log }: ViewOptions,
  work: (view: Queryable, unread?: string) => Promise<T>,
): Promise<T> {
  if (replica === undefined) return primary.snapshot((view) => work(view));
  const { copy, reason } = await open(replica);
  try {
    const unread = reason ?? (await lagOf(copy, replica, isRecent, signal));
    if (copy !== undefined && unread === undefined) return await copy.snapshot((view) => work(view));
    log.warn({ reason: unread }, "the replica is not read; the checks read from the primary");
    return await primary.snapshot((view) => work(view, unread));
  } finally {
    await copy?.close();
  }
}

type Opened = { readonly copy: Database; readonly reason?: never } | { readonly copy?: never; readonly reason: string };

/** For one run: a replica that went away and came back, at whatever address, is found anew. */
async function open({ url, tls }: Replica): Promise<Opened> {
  try {
    return { copy: await openDatabase({ url, tls, applicationName: "vigia-consistency", poolSize: 1 }) };
  } catch (error) {
    return { reason: `it can't be reached: ${textOf(error)}` };
  }
}

/** Why its view can't be judged by; `undefined` once it can. */
async function lagOf(
  copy: Pick<Database, "snapshot"> | undefined,
  { patienceSeconds }: Replica,
  isRecent: ViewOptions["isRecent"],
  signal: AbortSignal,
): Promise<string | undefined> {
  const until = performance.now() + patienceSeconds * 1_000;
  try {
    for (;;) {
      signal.throwIfAborted();
      if (await copy?.snapshot(isRecent)) return undefined;
      if (performance.now() >= until)
        return `it lags by more than ${patienceSeconds} s, or is a copy of something else`;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } catch (error) {
    signal.throwIfAborted();
    return `it does not answer: ${textOf(error)}`;
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "unknown";
  return error.message || code;
}
