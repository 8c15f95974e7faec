import { z } from "zod";
import { newMessageId } from "./envelope.ts";
import type { OutgoingEvent } from "./events/definition.ts";
import {
  isServiceCommandName,
  SERVICE_COMMAND_NAMES,
  SERVICE_COMMANDS,
  type ServiceCommandName,
} from "./service-commands.ts";
import { isTaskName, JOB_NAMES, type JobName, type TaskName } from "./tasks.ts";

/** Reads a range of blocks again and rebuilds what follows from it. Block numbers are inclusive. */
export const resyncSchema = z
  .strictObject({
    fromBlock: z.int().nonnegative().describe("The first block"),
    toBlock: z
      .int()
      .nonnegative()
      .optional()
      .describe("The last block, not below the first; the newest one if left out"),
    chainId: z
      .int()
      .positive()
      .optional()
      .describe("The chain that is meant; the followed one if left out, where there is but one"),
    contract: z
      .string()
      .regex(/^0x[0-9a-fA-F]{40}$/, "must be an address: 0x and 40 hexadecimal digits")
      .optional()
      .describe("The followed contract that is meant; each of the chain's if left out"),
    reason: z.string().max(500).optional().describe("Why, for the record"),
  })
  .refine((command) => command.toBlock === undefined || command.toBlock >= command.fromBlock, {
    path: ["toBlock"],
    message: "must not be below fromBlock",
  });

export type Resync = z.infer<typeof resyncSchema>;

/** Runs a task now. */
export const runSchema = z.strictObject({
  task: z.string().min(1).describe("The task's name within its job, as in `expire-orders`"),
  scheduledAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("The past instant that the run is for; that of the command if left out"),
});

export type Run = z.infer<typeof runSchema>;

/** The commands that run a task of their own, each with the schema of its data. */
export const TASK_COMMANDS = {
  "chain-sync.resync": resyncSchema,
} as const satisfies Partial<Record<TaskName, z.ZodType>>;

export type CommandedTask = keyof typeof TASK_COMMANDS;
export type CommandData<Task extends TaskName> = Task extends CommandedTask
  ? z.infer<(typeof TASK_COMMANDS)[Task]>
  : undefined;

/** Whom commands are addressed to: the jobs, and what has commands of its own. */
export type CommandTarget = JobName | (ServiceCommandName extends `${infer Target}.${string}` ? Target : never);

export const COMMAND_TARGETS = [
  ...new Set([...JOB_NAMES, ...SERVICE_COMMAND_NAMES.map((name) => targetOf(name))]),
] as readonly CommandTarget[];

/** The target of a command's or the job of a task's full name. */
export function targetOf(name: ServiceCommandName | TaskName): CommandTarget {
  return name.slice(0, name.indexOf(".")) as CommandTarget;
}

export function commandSubject(target: string, command: string): string {
  return `vigia.command.${target}.${command}`;
}

export function commandFilter(target: CommandTarget): string {
  return `vigia.command.${target}.>`;
}

/** A command that is given with a change, or not at all: it goes out as events do, and is carried out once. */
export function outgoingCommand(
  name: CommandedTask | ServiceCommandName,
  data: Readonly<Record<string, unknown>>,
): OutgoingEvent {
  const schema = isServiceCommandName(name) ? SERVICE_COMMANDS[name].schema : TASK_COMMANDS[name];
  const id = newMessageId();
  const subject = `vigia.command.${name}`;
  return {
    id,
    type: "vigia.command",
    subject,
    aggregate: `command:${id}`,
    data: { ...(schema.parse(data) as object) },
  };
}

/** A command asks for a run of a task, or for something that its service does by itself. */
export type ParsedCommand =
  | { readonly ok: true; readonly runs: TaskName; readonly data: unknown; readonly scheduledAt?: string | undefined }
  | { readonly ok: true; readonly does: ServiceCommandName; readonly data: unknown }
  | { readonly ok: false; readonly reason: string };

/** What a command asks for, with its data checked; or, in words for its sender, what is wrong with it. */
export function parseCommand(target: string, command: string, data: unknown): ParsedCommand {
  const name = `${target}.${command}`;
  if (isServiceCommandName(name)) {
    const parsed = SERVICE_COMMANDS[name].schema.safeParse(data);
    return parsed.success ? { ok: true, does: name, data: parsed.data } : refused(describeProblems(parsed.error));
  }
  if (!isJobName(target)) return refused(explainTarget(target, command));
  if (command === "run") return parseRun(target, data);
  if (!isTaskName(name) || !(name in TASK_COMMANDS)) {
    return refused(`the job "${target}" has no command "${command}"`);
  }
  const parsed = TASK_COMMANDS[name as CommandedTask].safeParse(data);
  return parsed.success ? { ok: true, runs: name, data: parsed.data } : refused(describeProblems(parsed.error));
}

function isJobName(target: string): target is JobName {
  return (JOB_NAMES as readonly string[]).includes(target);
}

function explainTarget(target: string, command: string): string {
  const isTarget = (COMMAND_TARGETS as readonly string[]).includes(target);
  return isTarget ? `"${target}" has no command "${command}"` : `there is no job "${target}"`;
}

function parseRun(target: string, data: unknown): ParsedCommand {
  const parsed = runSchema.safeParse(data);
  if (!parsed.success) return refused(describeProblems(parsed.error));
  const task = `${target}.${parsed.data.task}`;
  if (!isTaskName(task)) return refused(`task: the job "${target}" has no task "${parsed.data.task}"`);
  if (task in TASK_COMMANDS) return refused(`task: "${task}" runs by its own command, not by "run"`);
  return { ok: true, runs: task, data: undefined, scheduledAt: parsed.data.scheduledAt };
}

function refused(reason: string): ParsedCommand {
  return { ok: false, reason };
}

/** Every problem with its field, in one line. */
export function describeProblems(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length ? `${path.join(".")}: ${message}` : message)).join("; ");
}
