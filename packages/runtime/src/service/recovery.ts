import type { Database } from "@vigia/database";
import { isTaskName, jobOf, type OutgoingEvent, runChanged, taskWithinJob } from "@vigia/messages";
import type { RecoveredExecution, Tracker } from "@vigia/tracker";
import type { Bus } from "../bus/bus.ts";
import { asError } from "../errors.ts";
import type { Component } from "./component.ts";
import type { Logger } from "./logging.ts";

/** A process that dies on another host is noticed within this and the lease of its heartbeat. */
const LOOK_EVERY_MS = 10_000;

export interface RecoveryOptions {
  readonly service: string;
  readonly database: Database;
  readonly tracker: Tracker;
  readonly bus: Pick<Bus, "handBack">;
  readonly log: Logger;
}

/**
 * Frees what dead processes held and closes what they left running: at start, and from then on every few seconds. The
 * work itself is taken up by the message, which comes again: at once where its run was found here, for the dead process
 * cannot object.
 */
export async function startRecovery(options: RecoveryOptions): Promise<Component> {
  await recover(options);
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = recover(options).catch((error) =>
      options.log.warn({ err: asError(error) }, "looking for dead processes failed"),
    );
  }, LOOK_EVERY_MS);
  return {
    name: "recovery",
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

/** A run that was cut short is told of in the transaction that ends it: who dies in between leaves it for the next look. */
async function recover({ service, database, tracker, bus, log }: RecoveryOptions): Promise<void> {
  const recovered = await tracker.recover((end) =>
    database.transaction({ source: service }, async (tx) => {
      const ended = await end(tx);
      await tx.emit(ended.flatMap((execution) => recoveredEvent(execution, "its process died") ?? []));
      return ended;
    }),
  );
  for (const { job: task, executionId, instance, delivery } of recovered) {
    if (delivery !== undefined) bus.handBack(delivery);
    log.warn({ task, executionId, instance }, "a run was cut short; its work is taken up again");
  }
}

/** Says that a run was cut short; the same event however often it is said. */
export function recoveredEvent(
  { job, executionId, attempt, instance }: RecoveredExecution,
  reason: string,
): OutgoingEvent | undefined {
  if (!isTaskName(job)) return undefined;
  const identity = { job: jobOf(job), task: taskWithinJob(job), executionId, attempt, instance };
  const details = { status: "recovered", at: new Date().toISOString(), reason } as const;
  return runChanged({ ...identity, ...details }, `${executionId}:recovered`);
}
