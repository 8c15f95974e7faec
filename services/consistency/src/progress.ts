import type { IssueChange } from "./issues.ts";

export type Tally = Readonly<Record<IssueChange, number>>;

/** How far a run has come, its interrupted tries included: JSON, for it is the run's checkpoint. */
export interface Progress {
  /** The instant by which its first try judged. */
  readonly since: string;
  /** The changes of transactions before this one were there when it began. */
  readonly horizon: string;
  /** Whether all trades are looked at, changed or not. */
  readonly isWhole: boolean;
  readonly tally: Tally;
  /** The checks that have looked at all there is. */
  readonly complete: readonly string[];
  /** The checks that could not, each with the reason. */
  readonly failed: Readonly<Record<string, string>>;
  /** Where the check goes on that has looked at a part. */
  readonly place?: { readonly check: string; readonly after: string } | undefined;
}

/** What an interrupted try left, if one did. */
export function progressFrom(checkpoint: unknown): Progress | undefined {
  const begun = checkpoint as Progress | undefined;
  // Earlier versions kept less.
  return begun?.horizon === undefined ? undefined : begun;
}

export function beginning(at: Date, horizon: string, isWhole: boolean): Progress {
  const tally = { opened: 0, updated: 0, reopened: 0, resolved: 0 };
  return { since: at.toISOString(), horizon, isWhole, tally, complete: [], failed: {} };
}

export function hasEnded({ complete, failed }: Progress, check: string): boolean {
  return complete.includes(check) || check in failed;
}

export function placeOf({ place }: Progress, check: string): string | undefined {
  return place?.check === check ? place.after : undefined;
}

/** This check has looked up to an entity; without one, at all there is. */
export function lookedUpTo(progress: Progress, check: string, after: string | undefined): Progress {
  if (after !== undefined) return { ...progress, place: { check, after } };
  return { ...progress, complete: [...progress.complete, check], place: undefined };
}

export function failedWith(progress: Progress, check: string, reason: string): Progress {
  return { ...progress, failed: { ...progress.failed, [check]: reason }, place: undefined };
}

export function counted({ tally, ...rest }: Progress, changes: readonly { readonly change: IssueChange }[]): Progress {
  const next = { ...tally };
  for (const { change } of changes) next[change] += 1;
  return { ...rest, tally: next };
}
