import { randomUUID } from "node:crypto";
import type { Database } from "@vigia/database";
import type { Step, Task, TaskContext, TaskResult } from "@vigia/runtime";

/** Where a try of a run dies: in which of its steps, and whether that is committed by then. */
export interface Death {
  readonly step: number;
  readonly isCommitted: boolean;
}

class KilledError extends Error {}

/**
 * Runs a task as the runtime does, try after try, each from the checkpoint that the last one left, until one comes to its
 * end. `deathOf` says how a try dies, the first being 1; `view` is where its snapshots are taken, if not where it writes.
 */
export async function runToEnd(
  database: Database,
  task: Task,
  {
    deathOf = () => undefined,
    view = database,
  }: { deathOf?: (attempt: number) => Death | undefined; view?: Database } = {},
): Promise<{ readonly result: TaskResult; readonly tries: number }> {
  const messageId = randomUUID();
  let resumeFrom: unknown;
  for (let attempt = 1; ; attempt += 1) {
    const death = deathOf(attempt);
    let steps = 0;
    const context = {
      ...{ messageId, executionId: `${messageId}:${attempt}`, resumeFrom, processed: () => undefined },
      ...{ signal: new AbortController().signal, log: { error: () => undefined, warn: () => undefined } },
      database: { ...database, snapshot: view.snapshot },
      async step(effect: (step: Step) => Promise<unknown>) {
        steps += 1;
        let left = resumeFrom;
        const result = await database.transaction({ source: "consistency" }, async (tx) => {
          const checkpoint = async (value: unknown) => {
            left = JSON.parse(JSON.stringify(value));
          };
          const done = await effect({ ...tx, checkpoint });
          if (steps === death?.step && !death.isCommitted) throw new KilledError();
          return done;
        });
        resumeFrom = left;
        if (steps === death?.step) throw new KilledError();
        return result;
      },
    };
    try {
      return { result: await task.run(context as unknown as TaskContext<never>), tries: attempt };
    } catch (error) {
      if (!(error instanceof KilledError)) throw error;
    }
  }
}
