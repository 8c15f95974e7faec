import type { EscrowStatus, Severity } from "@vigia/messages";

export type { DeliveryStatus, Notice, NoticeDelivery, NoticePage } from "./notice-answers.ts";

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
  | { readonly kind: "deliveries-given-up"; readonly count: number }
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

export type RunStatus = "running" | "completed" | "failed" | "recovered" | "skipped" | "cancelled";

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

export interface ListedRun extends Run {
  /** The dead letter, not replayed yet, as which its message ended. */
  readonly deadLetter: number | null;
}

/** `next` is the cursor of the page after this one; null: this is the last. */
export interface RunPage {
  readonly runs: readonly ListedRun[];
  readonly next: number | null;
}

/** Every attempt for the message of one execution, in their order, and what is on record of it. */
export interface RunHistory {
  readonly executionId: string;
  /** The tick or command that asked for it; null: a program that used the tracker alone. */
  readonly messageId: string | null;
  readonly attempts: readonly Run[];
  /** How far it has come where it is not completed: its last checkpoint. */
  readonly progress: { readonly value: unknown; readonly at: Date } | null;
  /** What it told, oldest first, within what the feed keeps. */
  readonly events: readonly FeedEvent[];
  /** What a run of checks did to issues. */
  readonly issues: readonly RunIssue[];
  /** Where it ended as a dead letter. */
  readonly deadLetters: readonly DeadLetter[];
  /** Who wanted it ended, and why. */
  readonly cancellation: RunCancellation | null;
}

export interface RunCancellation {
  readonly commandId: string;
  /** Who gave that command on the page; null: it came another way. */
  readonly operator: string | null;
  readonly reason: string | null;
  readonly at: Date;
}

export interface RunIssue {
  readonly fingerprint: string;
  readonly check: string;
  readonly change: string;
}

/** What ran when: a run as a bar. */
export interface RunBar {
  readonly executionId: string;
  readonly task: string;
  readonly status: RunStatus;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

export interface RunTimeline {
  readonly from: Date;
  readonly to: Date;
  /** Oldest first; of more than `MOST_BARS` the newest. */
  readonly runs: readonly RunBar[];
}

export interface Job {
  readonly task: string;
  readonly description: string;
  /** Null: runs on a command alone. */
  readonly cron: string | null;
  /** The IANA time zone that it is meant in. Null while no scheduler has written it. */
  readonly timeZone: string | null;
  readonly paused: boolean;
  /** Null: until somebody resumes it. */
  readonly pausedUntil: Date | null;
  readonly pauseReason: string | null;
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

/** A node that the chain is read from, as the process that reads it found it last. */
export interface ChainEndpoint {
  readonly chainId: number;
  /** Its host. */
  readonly endpoint: string;
  readonly status: "well" | "degraded";
  readonly since: Date;
  /** Why it is degraded, or why it is well again. */
  readonly reason: string | null;
  /** The most blocks of one range that it takes, where that was learnt. */
  readonly blockLimit: number | null;
  /** What it said within `DETECTED_WITHIN_DAYS` that the chain contradicts, the newest first. */
  readonly untruths: readonly { readonly kind: string; readonly message: string; readonly lastAt: Date }[];
}

/** `reorged`: a fork was rolled back. `drifted`: a state that its events did not tell. */
export type DetectionKind = "reorged" | "drifted" | "degraded" | "missing-log";

export interface Resync {
  readonly commandId: string;
  readonly chainId: number;
  readonly contract: string;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly doneBlock: number;
  readonly logs: number;
  readonly at: Date;
  /** What its command came to last. */
  readonly status: ActionStatus;
}

export interface ChainAnswer {
  readonly chains: readonly ChainCursor[];
  /** In the order in which they are asked. */
  readonly endpoints: readonly ChainEndpoint[];
  /** What was noticed within `DETECTED_WITHIN_DAYS`, by kind. */
  readonly detections: readonly { readonly kind: DetectionKind; readonly count: number; readonly lastAt: Date }[];
  /** The latest resyncs, whoever asked for them, newest first. */
  readonly resyncs: readonly Resync[];
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
  /** How many match, on this page and all others. */
  readonly total: number;
  /** The fingerprint to ask for more with. */
  readonly next: string | null;
}

/** What became of an issue. */
export interface IssueStep {
  /** `opened`, `updated`, `resolved`, `acknowledged`, `snoozed` or `reopened`. */
  readonly change: string;
  readonly at: Date;
  readonly reason: string | null;
  /** The command by which it was said; null: its check found it so, or its snooze ended. */
  readonly commandId: string | null;
  /** Who gave that command on the page; null: it came another way. */
  readonly operator: string | null;
}

export interface IssueDetails extends Issue {
  /** Oldest first: the newest `ISSUE_STEPS` of them. */
  readonly history: readonly IssueStep[];
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

/** Who asks, and what they may. */
export interface SessionAnswer {
  readonly user: { readonly name: string; readonly role: "viewer" | "operator" } | null;
  /** Whether there is anybody who could log in; else the page is for reading alone. */
  readonly hasUsers: boolean;
  readonly mayRead: boolean;
}

export interface CommandGiven {
  readonly commandId: string;
}

/** `unconfirmed`: NATS did not say that it took the command. From `accepted` on, its service said so. */
export type ActionStatus = "sent" | "unconfirmed" | "accepted" | "completed" | "rejected" | "failed";

/** A command that an operator gave on the page, and what came of it. */
export interface Action {
  /** Its place in the record: the cursor of `before`. */
  readonly position: number;
  readonly commandId: string;
  readonly operator: string;
  readonly target: string;
  readonly command: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
  readonly status: ActionStatus;
  readonly reason: string | null;
  readonly result: unknown;
  /** How far a resync has come; blocks are inclusive. */
  readonly progress: {
    readonly fromBlock: number;
    readonly toBlock: number;
    readonly doneBlock: number;
    readonly logs: number;
  } | null;
  readonly answeredAt: Date | null;
}

export interface ActionPage {
  readonly actions: readonly Action[];
  readonly next: number | null;
}

export interface DeadLetter {
  readonly id: string;
  /** The number by which it is replayed. */
  readonly sequence: number;
  readonly consumer: string;
  readonly subject: string;
  readonly messageId: string;
  readonly reason: string;
  readonly tries: number;
  readonly at: Date;
  /** When it was replayed. */
  readonly resolvedAt: Date | null;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** How many each consumer has that are not replayed. */
  readonly open: readonly { readonly consumer: string; readonly count: number }[];
  /** The id to ask for more with. */
  readonly next: string | null;
}

export interface DeadLetterDetails extends DeadLetter {
  readonly headers: Readonly<Record<string, string>>;
  /** As text, or as base64 where it is none; a long one is cut off. */
  readonly body: { readonly encoding: "text" | "base64"; readonly text: string; readonly isWhole: boolean };
}

/** What the clean-up did, by the names under which it reports. */
export interface CleanupDay {
  /** In UTC, as in `2030-01-31`. */
  readonly day: string;
  readonly task: string;
  readonly runs: number;
  readonly counts: Readonly<Record<string, number>>;
}

export interface CleanupRun {
  readonly executionId: string;
  readonly task: string;
  readonly at: Date;
  readonly counts: Readonly<Record<string, number>>;
}

export interface CleanupAnswer {
  /** Newest first. */
  readonly days: readonly CleanupDay[];
  readonly runs: readonly CleanupRun[];
}

/** What keeps runs apart: a task's own lock, or one that several share. */
export interface Lock {
  readonly lock: string;
  readonly tasks: readonly string[];
  /** The newest that was given out: whoever has an older one can write no more. */
  readonly fence: string | null;
  readonly holder: {
    /** `service@host#pid#bootId` */
    readonly owner: string;
    readonly since: Date;
    /** When the lease ends unless it is renewed. */
    readonly expiresAt: Date;
    /** What it runs, where that is on record. */
    readonly task: string | null;
    readonly executionId: string | null;
  } | null;
}

/** RFC 9457, as `application/problem+json`. */
export interface ProblemDetails {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}
