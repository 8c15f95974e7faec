import { randomUUID } from "node:crypto";
import type { Database, Transaction } from "@vigia/database";
import type { Logger, Task, TaskContext, TaskResult } from "@vigia/runtime";

/** How a test runs a task: without bus and lock, its steps in transactions of the real database. */
export interface Conditions {
  readonly command?: object;
  readonly messageId?: string;
  readonly resumeFrom?: unknown;
  /** Before the step with this number, from 1; to fail there is to be killed there. */
  readonly beforeStep?: (number: number) => Promise<void> | void;
  /** Within the step, before it commits. */
  readonly beforeCommit?: (number: number) => Promise<void> | void;
  readonly afterCommit?: (number: number) => Promise<void> | void;
}

/** Runs a task once in this process and returns what it leaves on its record. */
export function runTask(
  { database, log }: { readonly database: Database; readonly log: Logger },
  task: Task,
  conditions: Conditions = {},
): Promise<TaskResult> {
  const { command, messageId = randomUUID(), resumeFrom } = conditions;
  let steps = 0;
  const context: TaskContext = {
    tick: { scheduledAt: new Date(), catchUp: false },
    command: command as never,
    messageId,
    executionId: randomUUID(),
    resumeFrom,
    database,
    processed: () => undefined,
    signal: new AbortController().signal,
    log,
    async step(effect) {
      const number = ++steps;
      await conditions.beforeStep?.(number);
      const result = await database.transaction({ source: "chain-sync-test" }, async (tx: Transaction) => {
        const checkpoint = (value: unknown) => tx.checkpoints.write(task.name, messageId, value);
        const done = await effect({ ...tx, checkpoint });
        await conditions.beforeCommit?.(number);
        return done;
      });
      await conditions.afterCommit?.(number);
      return result;
    },
  };
  return task.run(context as TaskContext<never>);
}
