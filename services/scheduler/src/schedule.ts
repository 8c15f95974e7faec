import { isTaskName, TASK_NAMES, type TaskDefinition, type TaskName, taskDefinition } from "@vigia/messages";
import { Cron } from "croner";
import { z } from "zod";

/** When a task is due. Cron with five fields, or six with leading seconds; an IANA time zone. */
export interface Schedule extends Pick<TaskDefinition, "misfire" | "catchUpWindowSeconds" | "jitterSeconds"> {
  readonly task: TaskName;
  readonly cron: string;
  readonly timeZone: string;
}

const cronText = z.string().superRefine((text, context) => {
  try {
    new Cron(text, { paused: true });
  } catch (error) {
    context.addIssue(`is no cron expression: ${error instanceof Error ? error.message : error}`);
  }
});

const timeZone = z.string().refine((name) => Intl.supportedValuesOf("timeZone").includes(name) || name === "UTC", {
  message: "is no IANA time zone, such as Europe/Madrid",
});

const SCHEDULED = TASK_NAMES.filter((task) => taskDefinition(task).schedule !== null);

/** `SCHEDULE_CHAIN_SYNC_SYNC` for `chain-sync.sync`. */
export function variableOf(task: TaskName): string {
  return `SCHEDULE_${task.toUpperCase().replace(/[.-]/g, "_")}`;
}

/** One variable a task; the defaults are the catalogue's. */
export const scheduleSettings = z.object({
  SCHEDULE_TIME_ZONE: timeZone.default("UTC"),
  ...Object.fromEntries(SCHEDULED.map((task) => [variableOf(task), cronText.optional()])),
});

export type ScheduleSettings = Readonly<Record<string, unknown>> & { readonly SCHEDULE_TIME_ZONE: string };

export function schedulesFrom(settings: ScheduleSettings): Schedule[] {
  return SCHEDULED.filter(isTaskName).map((task) => {
    const own = settings[variableOf(task)];
    const definition = taskDefinition(task);
    const cron = typeof own === "string" ? own : (definition.schedule ?? "");
    return { ...definition, task, cron, timeZone: settings.SCHEDULE_TIME_ZONE };
  });
}
