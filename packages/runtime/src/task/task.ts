import type { BulkQueryable, Database, Transaction } from "@vigia/database";
import type { CommandData, TaskName } from "@vigia/messages";
import type { Logger } from "../service/logging.ts";

/** What a step may do: read, change, emit events, and note how far the run has come. All of it commits, or nothing. */
export interface Step extends Transaction {
  /** What the next process starts from, should this one die. Replaces the last one of this run. */
  checkpoint(value: unknown): Promise<void>;
}

export interface TaskContext<Name extends TaskName = TaskName> {
  /** Why the task runs: the instant it was due, or when the command was given. */
  readonly tick: { readonly scheduledAt: Date; readonly catchUp: boolean };
  /** What the command said; `undefined` for a task that runs by schedule. */
  readonly command: CommandData<Name>;
  /** The tick or command that asked for this run; the same at every try. */
  readonly messageId: string;
  readonly executionId: string;
  /** What the last step of an interrupted run left; `undefined` at a first try. */
  readonly resumeFrom: unknown;
  /**
   * Runs `effect` in one transaction, after proof that this process may still write. Throws where the lock is lost,
   * the time limit passed, or the service stops; the task ends there and is taken up again from its checkpoint.
   */
  step<T>(effect: (step: Step) => Promise<T>): Promise<T>;
  /** Reads outside a step. */
  readonly database: BulkQueryable & Pick<Database, "snapshot">;
  /** Adds to the count of items that the run's record shows. */
  processed(items: number): void;
  /** Aborts when the task should end: hand it to whatever waits long. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What a run leaves on its record: JSON, or nothing. */
export type TaskResult = Readonly<Record<string, unknown>> | undefined;

export interface Task {
  readonly name: TaskName;
  // The command's data was checked against this task's schema before it comes here.
  readonly run: (context: TaskContext<never>) => Promise<TaskResult>;
}

/** A task of the catalogue. Its steps have their effects once, whatever is killed in between. */
export function defineTask<Name extends TaskName>(
  name: Name,
  run: (context: TaskContext<Name>) => Promise<TaskResult>,
): Task {
  return { name, run: run as Task["run"] };
}
