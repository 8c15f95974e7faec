import type { EscrowStatus, Severity } from "@vigia/messages";

/** What the API answers. Instants are dates on the server and ISO 8601 text on the wire, which `Wire` makes of them. */
export type Wire<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: Wire<T[Key]> } : T;

/** `critical`: somebody should get up. `warning`: look at it today. `note`: all is well in spite of it. */
export type Level = "critical" | "warning" | "note";

export type Problem = { readonly level: Level } & (
  | { readonly kind: "service-missing"; readonly service: string }
  | { readonly kind: "chain-never-synced" }
  | { readonly kind: "chain-behind"; readonly chainId: number; readonly lagBlocks: number }
  | { readonly kind: "chain-silent"; readonly chainId: number; readonly since: Date }
  | { readonly kind: "issues-open"; readonly severity: Severity; readonly count: number }
  | { readonly kind: "task-failing"; readonly task: string; readonly failures: number; readonly since: Date }
  | { readonly kind: "task-failed-before"; readonly task: string; readonly failures: number }
  | { readonly kind: "task-overdue"; readonly task: string; readonly since: Date }
  | { readonly kind: "task-paused"; readonly task: string }
  | { readonly kind: "redis-away"; readonly since: Date }
  | { readonly kind: "dead-letters"; readonly count: number }
);

export interface ServicePresence {
  readonly service: string;
  /** How many of its processes say right now that they live. */
  readonly instances: number;
}

export interface Overview {
  readonly now: Date;
  /** Nothing is worse than a note. */
  readonly allWell: boolean;
  /** Worst first. */
  readonly problems: readonly Problem[];
  readonly services: readonly ServicePresence[];
  readonly openIssues: Readonly<Record<Severity, number>>;
}

export type RunStatus = "running" | "completed" | "failed" | "recovered" | "skipped";

/** One attempt at a task. */
export interface Run {
  /** Its place in the record: the cursor of `before`. */
  readonly id: number;
  readonly executionId: string;
  readonly task: string;
  readonly service: string;
  readonly status: RunStatus;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly durationMs: number | null;
  readonly itemsProcessed: number | null;
  readonly attempt: number;
  readonly instance: string;
  readonly trigger: string | null;
  readonly result: unknown;
  readonly error: { readonly message: string; readonly stack?: string } | null;
}

/** `next` is the cursor of the page after this one; null: this is the last. */
export interface RunPage {
  readonly runs: readonly Run[];
  readonly next: number | null;
}

/** Every attempt of one execution, in their order. */
export interface RunHistory {
  readonly executionId: string;
  readonly attempts: readonly Run[];
}

export interface Job {
  readonly task: string;
  readonly description: string;
  /** In UTC; null: runs on a command alone. */
  readonly cron: string | null;
  readonly paused: boolean;
  readonly lastFired: Date | null;
  /** Null while no scheduler has written it. */
  readonly nextDue: Date | null;
  /** The newest run that has ended. */
  readonly lastRun: Run | null;
  readonly running: Run | null;
}

export interface ChainCursor {
  readonly chainId: number;
  readonly contract: string;
  readonly cursorBlock: number;
  readonly headBlock: number;
  /** The blocks that could have been read, and were not: those that are still to be confirmed do not count. */
  readonly lagBlocks: number;
  readonly syncedAt: Date;
}

export interface ChainAnswer {
  readonly chains: readonly ChainCursor[];
  readonly escrows: readonly { readonly status: EscrowStatus; readonly count: number }[];
  /** The latest forks and corrections, newest first. */
  readonly reorgs: readonly FeedEvent[];
  readonly drifts: readonly FeedEvent[];
}

export type IssueStatus = "open" | "acknowledged" | "snoozed" | "resolved";

export interface Issue {
  readonly fingerprint: string;
  readonly check: string;
  readonly severity: Severity;
  readonly entityType: string;
  readonly entityId: string;
  readonly status: IssueStatus;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly occurrences: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly resolvedAt: Date | null;
  readonly snoozedUntil: Date | null;
  readonly reason: string | null;
}

export interface IssuePage {
  readonly issues: readonly Issue[];
  /** The fingerprint to ask for more with. */
  readonly next: string | null;
}

export interface FeedEvent {
  readonly position: number;
  readonly id: string;
  readonly subject: string;
  readonly source: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  readonly next: number | null;
}

/** RFC 9457, as `application/problem+json`. */
export interface ProblemDetails {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}
