import { MISFIRES, TASK_NAMES, type TaskDefinition, type TaskName, taskDefinition } from "@vigia/messages";
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

const seconds = z.coerce.number().int().min(0).max(86_400);

/** What can be said of one task's schedule. What is not said is the catalogue's. */
function settingsOf(task: TaskName) {
  const { schedule, misfire, catchUpWindowSeconds, jitterSeconds } = taskDefinition(task);
  const variable = variableOf(task);
  const place = `schedules.${task}`;
  return {
    [variable]: cronText.default(schedule ?? "").meta({
      yaml: `${place}.cron`,
      description: `When ${task} is due: cron with five fields, or six with leading seconds`,
    }),
    [`${variable}_TIME_ZONE`]: timeZone
      .optional()
      .meta({ yaml: `${place}.timeZone`, description: "Its IANA time zone, where it has one of its own" }),
    [`${variable}_JITTER_SECONDS`]: seconds.default(jitterSeconds ?? 0).meta({
      yaml: `${place}.jitterSeconds`,
      description: "Ticks come up to this much after their instants",
    }),
    [`${variable}_MISFIRE`]: z
      .enum(MISFIRES)
      .default(misfire ?? "once")
      .meta({
        yaml: `${place}.misfire`,
        description:
          "What becomes of missed instants: one tick stands for all of them, they are skipped, or each has its own tick",
      }),
    [`${variable}_CATCH_UP_SECONDS`]: (catchUpWindowSeconds === undefined
      ? seconds.optional()
      : seconds.default(catchUpWindowSeconds)
    ).meta({
      yaml: `${place}.catchUpSeconds`,
      description:
        "With `once` and `all`: an instant that is older than this is skipped; without it none is too old with `once`, and with `all` those of over an hour",
    }),
  };
}

export const scheduleSettings = z.object({
  SCHEDULE_TIME_ZONE: timeZone.default("UTC").meta({
    yaml: "timeZone",
    description: "The IANA time zone of every schedule that has none of its own",
  }),
  ...Object.assign({}, ...SCHEDULED.map(settingsOf)),
});

export type ScheduleSettings = Readonly<Record<string, unknown>>;

/** The schedules as the settings make them. */
export function schedulesFrom(settings: ScheduleSettings): Schedule[] {
  return SCHEDULED.map((task) => {
    const own = (suffix = "") => settings[`${variableOf(task)}${suffix}`];
    // The schema has checked each; their names are made, so that their types can't follow from it.
    return {
      task,
      cron: own(),
      timeZone: own("_TIME_ZONE") ?? settings.SCHEDULE_TIME_ZONE,
      jitterSeconds: own("_JITTER_SECONDS"),
      misfire: own("_MISFIRE"),
      catchUpWindowSeconds: own("_CATCH_UP_SECONDS"),
    } as Schedule;
  });
}
