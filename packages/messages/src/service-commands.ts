import { z } from "zod";
import { address, chainId, uuid } from "./events/fields.ts";
import { CHANNELS, NOTICE_KINDS } from "./notices.ts";
import { isTaskName, JOB_NAMES, TASK_NAMES, type TaskName, taskDefinition, taskWithinJob } from "./tasks.ts";

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

/** Makes up for instants of a schedule that passed without their run. */
export const backfillSchema = z
  .strictObject({
    job: scheduled.job,
    task: z.string().min(1).describe("One task of it, as in `expire-orders`"),
    from: z.iso.datetime({ offset: true }).describe("The first instant, inclusive"),
    to: z.iso.datetime({ offset: true }).describe("The last instant, inclusive; not in the future"),
    reason: scheduled.reason,
  })
  .superRefine(checkScheduled)
  .refine(({ from, to }) => Date.parse(to) >= Date.parse(from), { path: ["to"], message: "must not be before from" });

export type Backfill = z.infer<typeof backfillSchema>;

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

/** Ends a run that is under way. */
export const cancelSchema = z.strictObject({
  executionId: z.string().min(1).max(200).describe("The run's id"),
  reason: z.string().max(500).optional().describe("Why, for the record"),
});

export type Cancel = z.infer<typeof cancelSchema>;

/** Moves the order of an escrow on to where the escrow is. */
export const followSchema = z.strictObject({
  chainId: chainId.describe("The escrow's chain"),
  contract: address.describe("The contract that holds it"),
  escrowId: z.string().min(1).describe("What the contract calls it"),
  reason: z.string().max(500).optional().describe("Why, for the record"),
});

export type Follow = z.infer<typeof followSchema>;

const LONGEST_DOWNTIME_DAYS = 30;

/** Gives more time to what expired, or will expire, while users could not act. */
export const recordDowntimeSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }).describe("When it began"),
    to: z.iso.datetime({ offset: true }).optional().describe("When it ends or ended; now if left out"),
    reason: z.string().min(1).max(500).describe("Why, for the record"),
  })
  .refine(({ from, to }) => to === undefined || lengthDays(from, to) > 0, {
    path: ["to"],
    message: "must be after from",
  })
  .refine(({ from, to }) => to === undefined || lengthDays(from, to) <= LONGEST_DOWNTIME_DAYS, {
    path: ["to"],
    message: `must be within ${LONGEST_DOWNTIME_DAYS} days of from`,
  });

export type RecordDowntime = z.infer<typeof recordDowntimeSchema>;

const CLEANUP_TASKS = TASK_NAMES.filter((name) => name.startsWith("cleanup.")).map(taskWithinJob);

/** Counts what a task of the clean-up would do now. */
export const previewSchema = z.strictObject({
  task: z.enum(CLEANUP_TASKS).describe("The task's name within its job, as in `expire-orders`"),
});

export type Preview = z.infer<typeof previewSchema>;

/** What is looked at before it is marked; and a message of this many is far below the server's limit. */
const MOST_ISSUES = 500;

const issues = {
  fingerprint: z.string().min(1).optional().describe("One issue"),
  fingerprints: z.array(z.string().min(1)).min(1).max(MOST_ISSUES).optional().describe("Several issues"),
  check: z.string().min(1).optional().describe("All issues of a check, as in `AMOUNT_MISMATCH`"),
  reason: z.string().max(500).optional().describe("Why, for the record"),
};
const eitherOr = [
  ({ fingerprint, fingerprints, check }: { [which in "fingerprint" | "fingerprints" | "check"]?: unknown }) =>
    [fingerprint, fingerprints, check].filter((which) => which !== undefined).length === 1,
  { message: "give one of fingerprint, fingerprints and check" },
] as const;

/** Somebody works on it. */
export const acknowledgeSchema = z.strictObject(issues).refine(...eitherOr);

export type Acknowledge = z.infer<typeof acknowledgeSchema>;

/** It can wait until then. */
export const snoozeSchema = z
  .strictObject({
    ...issues,
    until: z.iso.datetime({ offset: true }).describe("It is open again from then, if it is still there"),
  })
  .refine(...eitherOr);

export type Snooze = z.infer<typeof snoozeSchema>;

/** Neither any more. */
export const reopenSchema = z.strictObject(issues).refine(...eitherOr);

export type Reopen = z.infer<typeof reopenSchema>;

const subscriber = {
  userId: uuid.describe("The user"),
  channel: z.enum(CHANNELS).describe("The way on which they are told, beside the inbox"),
};

/** Tells a user on one more way. A second subscription of the same channel takes the place of the first. */
export const subscribeSchema = z
  .strictObject({
    ...subscriber,
    address: z.string().max(2_000).describe("An e-mail address, or the URL of a webhook"),
    kinds: z.array(z.enum(NOTICE_KINDS)).min(1).optional().describe("The kinds of notices; all if left out"),
  })
  .superRefine(({ channel, address }, context) => {
    const checked = (channel === "email" ? z.email() : z.url({ protocol: /^https?$/ })).safeParse(address);
    if (checked.success) return;
    const wanted = channel === "email" ? "an e-mail address" : "a URL that starts with https:// or http://";
    context.addIssue({ code: "custom", path: ["address"], message: `must be ${wanted}` });
  });

export type Subscribe = z.infer<typeof subscribeSchema>;

/** Takes a subscription back; what waits for it is not told on that channel any more. */
export const unsubscribeSchema = z.strictObject(subscriber);

export type Unsubscribe = z.infer<typeof unsubscribeSchema>;

/** Tells again what a receiver refused, or what was given up. */
export const redeliverSchema = z
  .strictObject({
    deliveryId: uuid.optional().describe("One delivery"),
    userId: uuid.optional().describe("All to this user"),
    channel: z.enum(CHANNELS).optional().describe("All on this channel"),
  })
  .refine((which) => Object.values(which).filter((one) => one !== undefined).length === 1, {
    message: "give one of deliveryId, userId and channel",
  });

export type Redeliver = z.infer<typeof redeliverSchema>;

function lengthDays(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000;
}

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
  "scheduler.backfill": {
    schema: backfillSchema,
    description:
      "Runs a task for each instant of its schedule within a past range whose tick led to no run that completed, the " +
      "oldest first and one after the other: at most 200. Each run sees its instant as the time that it is for",
  },
  "deadletters.replay": {
    schema: replaySchema,
    description:
      "Puts dead letters back on the subjects that they came on, for all their tries anew, and marks them resolved. A " +
      "tick is refused while another of its task waits or runs",
  },
  "runs.cancel": {
    schema: cancelSchema,
    description:
      "Has a run that is under way ended, by the process that has it, within seconds: what it did stays, what it had not " +
      "done is not taken up again. The run is then on record as cancelled, by this command. One that ends first has ended " +
      "as it did",
  },
  "chain-sync.follow": {
    schema: followSchema,
    description:
      "Moves the order of an escrow on to where the escrow is, along the order's states, once what the chain says of " +
      "that escrow is final. Its completion says how far the order moved, or why it did not",
  },
  "consistency.acknowledge": {
    schema: acknowledgeSchema,
    description: "Says that somebody works on an issue; it stays so until its check finds it gone",
  },
  "consistency.snooze": {
    schema: snoozeSchema,
    description: "Puts an issue off until a time; it is open again then, if it is still there",
  },
  "consistency.reopen": { schema: reopenSchema, description: "Takes back that an issue was acknowledged or snoozed" },
  "cleanup.record-downtime": {
    schema: recordDowntimeSchema,
    description:
      "Says that users could not act for a time. An order whose expiry falls into it gets its whole length more, and a " +
      "quarter of an hour; one that expired already stays so, and the consistency check names it",
  },
  "cleanup.preview": {
    schema: previewSchema,
    description: "Counts what a task of the clean-up would do now, and changes nothing. Its completion says the counts",
  },
  "notifications.subscribe": {
    schema: subscribeSchema,
    description:
      "Tells a user by e-mail or webhook as well. It takes the place of the user's earlier subscription of that channel",
  },
  "notifications.unsubscribe": {
    schema: unsubscribeSchema,
    description: "Tells a user on that channel no more; the inbox stays",
  },
  "notifications.redeliver": {
    schema: redeliverSchema,
    description:
      "Tries again to tell what a receiver refused, or what was given up after three days, for as long anew. Mend the " +
      "cause first",
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
