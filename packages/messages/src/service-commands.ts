import { z } from "zod";
import { isTaskName, JOB_NAMES, TASK_NAMES, type TaskName, taskDefinition } from "./tasks.ts";

const scheduled = {
  job: z.string().min(1).describe("The job, as in `chain-sync`"),
  task: z.string().min(1).optional().describe("One task of it, as in `sync`; all that have a schedule if left out"),
  reason: z.string().max(500).optional().describe("Why, for the record"),
};

/** Stops the schedule of a task, or of every task of a job. What is due meanwhile is skipped, not caught up. */
export const pauseSchema = z
  .strictObject({
    ...scheduled,
    until: z.iso
      .datetime({ offset: true })
      .optional()
      .describe("The schedule goes on by itself from then; it waits for a `resume` if left out"),
  })
  .superRefine(checkScheduled);

export type Pause = z.infer<typeof pauseSchema>;

/** Starts a schedule again, from now on. */
export const resumeSchema = z.strictObject(scheduled).superRefine(checkScheduled);

export type Resume = z.infer<typeof resumeSchema>;

/** Puts dead letters back on the subjects that they came on. */
export const replaySchema = z
  .strictObject({
    sequence: z.int().positive().optional().describe("The dead letter's place in its stream"),
    consumer: z.string().min(1).optional().describe("All unresolved dead letters of this consumer"),
  })
  .refine(({ sequence, consumer }) => (sequence === undefined) !== (consumer === undefined), {
    message: "give either sequence or consumer",
  });

export type Replay = z.infer<typeof replaySchema>;

export interface ServiceCommandDefinition {
  readonly schema: z.ZodType;
  readonly description: string;
}

/** The commands that a service carries out by itself, in one transaction and without a run, by target and name. */
export const SERVICE_COMMANDS = {
  "scheduler.pause": {
    schema: pauseSchema,
    description:
      "Stops the schedule of a task, or of every task of a job, also across restarts; commands still run it. What is " +
      "due meanwhile is skipped on record and never caught up",
  },
  "scheduler.resume": { schema: resumeSchema, description: "Starts a schedule again: its next instant is the next" },
  "deadletters.replay": {
    schema: replaySchema,
    description:
      "Puts dead letters back on the subjects that they came on, for all their tries anew, and marks them resolved. A " +
      "tick is refused while another of its task waits or runs",
  },
} as const satisfies Record<string, ServiceCommandDefinition>;

export type ServiceCommandName = keyof typeof SERVICE_COMMANDS;
export type ServiceCommandData<Name extends ServiceCommandName> = z.infer<(typeof SERVICE_COMMANDS)[Name]["schema"]>;

export const SERVICE_COMMAND_NAMES = Object.keys(SERVICE_COMMANDS) as ServiceCommandName[];

export function isServiceCommandName(name: string): name is ServiceCommandName {
  return Object.hasOwn(SERVICE_COMMANDS, name);
}

/** The tasks whose schedules a pause or resume means. */
export function tasksMeant({ job, task }: { readonly job: string; readonly task?: string | undefined }): TaskName[] {
  return TASK_NAMES.filter(
    (name) => taskDefinition(name).schedule !== null && (task ? name === `${job}.${task}` : name.startsWith(`${job}.`)),
  );
}

function checkScheduled(
  { job, task }: { readonly job: string; readonly task?: string | undefined },
  context: z.RefinementCtx,
): void {
  const refuse = (field: "job" | "task", message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (!(JOB_NAMES as readonly string[]).includes(job)) {
    refuse("job", `there is no job "${job}"; the jobs are ${JOB_NAMES.join(", ")}`);
  } else if (task !== undefined && !isTaskName(`${job}.${task}`)) {
    refuse("task", `the job "${job}" has no task "${task}"`);
  } else if (tasksMeant({ job, task }).length === 0) {
    refuse("task", `"${job}.${task}" has no schedule; it runs by its own command`);
  }
}
