export type ExecutionStatus = "running" | "completed" | "failed" | "recovered" | "skipped" | "cancelled";

export interface ExecutionError {
  readonly message: string;
  readonly stack?: string;
}

/** One attempt at a job. A retry is another record, with the next `attempt`. */
export interface Execution {
  readonly executionId: string;
  readonly job: string;
  readonly service: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Date;
  /** Unset while it runs. */
  readonly endedAt?: Date;
  readonly durationMs?: number;
  /** What the job returned, as JSON; unset when it returned nothing. */
  readonly result?: unknown;
  readonly itemsProcessed?: number;
  readonly error?: ExecutionError;
  /** From 1. */
  readonly attempt: number;
  /** The owner that ran it, `service@host#pid#bootId`. */
  readonly instance: string;
  readonly fence?: bigint;
  readonly messageId?: string;
  /** How the message came, in the words of whoever delivers it: with them it is handed back when its run was cut short. */
  readonly delivery?: string;
  /** What started it: "schedule", "command", "hand", ... */
  readonly trigger?: string;
}

/** An execution that its process left running when it died. */
export type RecoveredExecution = Execution & { readonly status: "recovered" };

/** How an attempt ends. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, "running">;
  readonly endedAt: Date;
  readonly result?: unknown;
  readonly itemsProcessed?: number;
  readonly error?: ExecutionError;
}

/** The place of an execution in a job's history, newest first; hand back the last one of a page to get the next page. */
export type ExecutionCursor = Pick<Execution, "startedAt" | "executionId" | "attempt">;

export interface ExecutionPage {
  readonly limit: number;
  readonly before?: ExecutionCursor;
}

/** An execution was ended that is not running: it never started, was ended already, or was recovered as orphaned. */
export class ExecutionNotRunningError extends Error {
  override readonly name = "ExecutionNotRunningError";
  readonly job: string;
  readonly executionId: string;

  constructor(job: string, executionId: string) {
    super(`execution ${executionId} of ${job} is not running`);
    this.job = job;
    this.executionId = executionId;
  }
}

export function endExecution(execution: Execution, end: ExecutionEnd): Execution {
  const durationMs = Math.max(0, end.endedAt.getTime() - execution.startedAt.getTime());
  return { ...execution, ...end, durationMs };
}

const MESSAGE_LIMIT_CHARS = 2_000;
const STACK_LIMIT_CHARS = 8_000;
const CAUSE_LIMIT = 5;

/** What is kept of anything that was thrown, with its causes in the stack. */
export function describeError(thrown: unknown): ExecutionError {
  if (!(thrown instanceof Error)) return { message: String(thrown).slice(0, MESSAGE_LIMIT_CHARS) };
  const stacks: string[] = [];
  let cause: unknown = thrown;
  while (cause instanceof Error && stacks.length < CAUSE_LIMIT) {
    stacks.push(cause.stack ?? cause.message);
    cause = cause.cause;
  }
  return {
    message: thrown.message.slice(0, MESSAGE_LIMIT_CHARS),
    stack: stacks.join("\ncaused by: ").slice(0, STACK_LIMIT_CHARS),
  };
}
