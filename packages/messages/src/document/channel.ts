import type { z } from "zod";
import { commandSubject, runSchema, TASK_COMMANDS } from "../commands.ts";
import { EVENTS } from "../events/catalogue.ts";
import { SERVICE_COMMAND_NAMES, SERVICE_COMMANDS } from "../service-commands.ts";
import { JOB_NAMES, jobOf, type TaskName, taskDefinition, taskWithinJob } from "../tasks.ts";
import { tickSchema } from "../ticks.ts";
import { COMMAND_EXAMPLES, EVENT_EXAMPLES, type Example, TICK_EXAMPLE } from "./examples.ts";
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";

/** One kind of message as the documents show it. */
export interface Channel {
  /** The CloudEvents type, which names it in the documents too. */
  readonly type: string;
  readonly kind: "tick" | "command" | "event";
  /** The subject with its variable parts in braces. */
  readonly address: string;
  readonly description: string;
  readonly payload: JsonSchema;
  /** The values that a variable part may have, where they are known. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly examples: readonly Example[];
}

export function tickChannel(): Channel {
  return {
    type: "vigia.tick",
    kind: "tick",
    address: "vigia.tick.{job}.{task}",
    description: "A task is due",
    payload: jsonSchemaOf(tickSchema),
    values: { job: JOB_NAMES },
    examples: [TICK_EXAMPLE],
  };
}

export function commandChannels(): Channel[] {
  const own = Object.entries(TASK_COMMANDS).map(([name, schema]) => {
    const task = name as keyof typeof TASK_COMMANDS;
    const subject = commandSubject(jobOf(task), taskWithinJob(task));
    return commandChannel(subject, taskDefinition(task).description, schema, COMMAND_EXAMPLES[task]);
  });
  const run = commandChannel(commandSubject("{job}", "run"), "Runs a task now", runSchema, COMMAND_EXAMPLES.run);
  const services = SERVICE_COMMAND_NAMES.map((name) => {
    const { schema, description } = SERVICE_COMMANDS[name];
    return commandChannel(`vigia.command.${name}`, description, schema, COMMAND_EXAMPLES[name]);
  });
  return [...own, { ...run, type: "vigia.command.run", values: { job: JOB_NAMES } }, ...services];
}

function commandChannel(address: string, description: string, schema: z.ZodType, example: Example): Channel {
  const payload = jsonSchemaOf(schema);
  return { type: address, kind: "command", address, description, payload, values: {}, examples: [example] };
}

export function eventChannels(): Channel[] {
  return EVENTS.map(({ type, subject, schema, description }) => {
    const payload = jsonSchemaOf(schema);
    const address = (subject as (data: unknown) => string)(BRACES);
    const values = Object.fromEntries(
      variablesOf(address).flatMap((name) => {
        const choices = payload.properties?.[name]?.enum;
        return choices ? [[name, choices.map(String)]] : [];
      }),
    );
    const examples = EVENT_EXAMPLES.filter((example) => example.type === type);
    return { type, kind: "event", address, description, payload, values, examples };
  });
}

/** Whatever field of it a subject is made from, it gives that field's name in braces. */
const BRACES = new Proxy({}, { get: (_, field) => `{${String(field)}}` });

export function variablesOf(address: string): string[] {
  return [...address.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** The tasks that the clock starts. */
export function scheduledTasks(names: readonly TaskName[]): TaskName[] {
  return names.filter((name) => taskDefinition(name).schedule !== null);
}
