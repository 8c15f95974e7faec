import { z } from "zod";
import { isTaskName, jobOf, type TaskName, taskWithinJob } from "./tasks.ts";

/** A task is due. */
export const tickSchema = z.strictObject({
  job: z.string().min(1),
  task: z.string().min(1),
  scheduledAt: z.iso.datetime().describe("The instant that the schedule names, ISO 8601, in UTC"),
  catchUp: z.boolean().describe("The instant had passed before the tick could be published"),
});

export type Tick = z.infer<typeof tickSchema>;

export function tickSubject(task: TaskName): string {
  return `vigia.tick.${task}`;
}

/** The same instant has the same id whoever publishes it, so that it is one message. */
export function tickId(task: TaskName, scheduledAt: Date): string {
  return `${task}@${scheduledAt.toISOString()}`;
}

export function tickFor(task: TaskName, scheduledAt: Date, catchUp: boolean): Tick {
  return { job: jobOf(task), task: taskWithinJob(task), scheduledAt: scheduledAt.toISOString(), catchUp };
}

export function taskOfTick(tick: Tick): TaskName | undefined {
  const name = `${tick.job}.${tick.task}`;
  return isTaskName(name) ? name : undefined;
}
