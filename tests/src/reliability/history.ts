import type { FaultKind } from "./fault-plan.ts";

/** What happened, as the checks read it. Times are milliseconds since 1970 by the machine's clock, unless told. */
export interface History {
  readonly faults: readonly InjectedFault[];
  readonly lives: readonly Life[];
  readonly stalls: readonly Stall[];
  /** The process id of the suite itself: what it saw late is not held against others. */
  readonly suitePid: number;
  readonly schedules: readonly ScheduleRow[];
  readonly executions: readonly ExecutionRow[];
  /** Executions that were seen to change after they had ended. */
  readonly rewritten: readonly string[];
  /** Consumer or task, and the message that it noted as handled, as `consumer message`. */
  readonly handled: ReadonlySet<string>;
  readonly deadLetters: readonly DeadLetterRow[];
  readonly effects: readonly Effect[];
  readonly notes: readonly Note[];
  readonly outbox: readonly OutboxRow[];
  /** What the event stream holds, in its order. */
  readonly stream: readonly StreamEvent[];
  /** The ids of the events that the suite's consumer handled, once for each time. */
  readonly consumed: readonly string[];
  readonly feed: ReadonlySet<string>;
  readonly orders: readonly OrderRow[];
  readonly commands: readonly SentCommand[];
  /** The ticks that were tried, and whose runs fail at each try. */
  readonly failingTicks: ReadonlySet<string>;
  /** How far the long runs' consumer had come, look by look. */
  readonly deliveries: readonly DeliveryCount[];
  readonly findings: Findings;
  /** What was left at the end: messages in work queues, messages that consumers had not acknowledged. */
  readonly leftOver: readonly string[];
  /** The processes for which Redis was away at the end. */
  readonly degraded: readonly string[];
  /** Executions that a process's log called completed. */
  readonly claims: readonly string[];
  readonly chain: ChainHistory;
}

export interface InjectedFault {
  readonly kind: FaultKind | "machine slow" | "process slow";
  /** The process, the store, or the machine. */
  readonly target: string;
  readonly from: number;
  readonly to: number;
}

/** A time in which the machine ran a process too little: of it, so long. */
export interface Stall {
  readonly pid: number;
  readonly from: number;
  readonly to: number;
  readonly starvedMs: number;
}

/** One process from its start to its end. */
export interface Life {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: number;
  /** When it said that it had started. */
  readonly readyAt?: number;
  readonly endedAt?: number;
  readonly code?: number | string;
  /** What the suite ended it by; unset where it ended by itself. */
  readonly endedBy?: "SIGKILL" | "SIGTERM";
  readonly toldAt?: number;
}

export interface ScheduleRow {
  readonly task: string;
  /** The seconds between two instants; they are those of the minute that it divides. */
  readonly everySeconds: number;
  /** Instants after this are due. */
  readonly from: number;
  /** The last instant that was dealt with. */
  readonly lastFired: number;
  /** When the schedules were paused for good. */
  readonly until: number;
}

export interface ExecutionRow {
  readonly executionId: string;
  readonly task: string;
  readonly status: string;
  readonly attempt: number;
  readonly instance: string;
  readonly fence: number | null;
  readonly messageId: string | null;
  readonly reason: string;
  readonly hasEnd: boolean;
  /** When Postgres recorded the events of its start and its end; null where there is none. */
  readonly startTold: number | null;
  readonly endTold: number | null;
}

export interface DeadLetterRow {
  readonly consumer: string;
  readonly messageId: string;
  readonly reason: string;
}

/** A row that a step of the suite's task left, in the order in which Postgres numbered them. */
export interface Effect {
  readonly position: number;
  /** When its transaction was committed, in microseconds: the order in which effects became true. */
  readonly committedAt: number;
  readonly task: string;
  readonly messageId: string;
  readonly executionId: string;
  readonly step: number;
  readonly steps: number;
  readonly fence: number;
  readonly instance: string;
  readonly eventId: string;
}

/** What a process believed: `atMs` is the machine's monotonic clock. */
export interface Note {
  readonly pid: number;
  readonly lock: string;
  readonly fence: number;
  readonly step: number;
  readonly eventId: string;
  readonly what: "began" | "committed";
  readonly atMs: number;
}

export interface OutboxRow {
  readonly position: number;
  readonly id: string;
  readonly subject: string;
  readonly aggregate: string;
  readonly createdAt: number;
  readonly relayed: boolean;
  readonly temper: string | null;
}

export interface StreamEvent {
  readonly sequence: number;
  readonly id: string;
}

export interface OrderRow {
  readonly id: string;
  readonly mayExpire: boolean;
  readonly status: string;
  readonly expiries: number;
  readonly notifications: number;
}

export interface SentCommand {
  readonly id: string;
  readonly poison: boolean;
}

/** What the bus answered: so many deliveries it had made at some moment between the two. */
export interface DeliveryCount {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly deliveries: number;
}

/** What was wrong with the marketplace's rows, and what the checks made of it. */
export interface Findings {
  readonly planted: readonly PlantedOrder[];
  readonly issues: readonly IssueRow[];
  /** In the order of the outbox. */
  readonly told: readonly IssueEvent[];
}

/** An order that trades with itself, until it is mended. */
export interface PlantedOrder {
  readonly id: string;
  readonly mended: boolean;
}

export interface IssueRow {
  readonly fingerprint: string;
  readonly check: string;
  readonly entityId: string;
  readonly status: string;
  readonly occurrences: number;
  /** How many changes are on record. */
  readonly changes: number;
}

export interface IssueEvent {
  readonly fingerprint: string;
  readonly change: string;
  /** The evidence, or what is as good to compare. */
  readonly evidence: string;
}

export interface ChainHistory {
  readonly reorgs: number;
  /** Block, place, transaction, event and escrow of each log: by the chain, and by the table. */
  readonly logsOnChain: readonly string[];
  readonly logsRecorded: readonly string[];
  /** The facts of each escrow by its id: by a plain index of the chain, and by the row. */
  readonly onChain: Readonly<Record<string, string>>;
  readonly recorded: Readonly<Record<string, string>>;
}
