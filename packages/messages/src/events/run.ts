import { z } from "zod";
import { defineEvent } from "./definition.ts";
import { json, timestamp } from "./fields.ts";

export const runChanged = defineEvent({
  type: "vigia.run",
  filter: "vigia.event.run.>",
  schema: z.object({
    status: z.enum(["started", "completed", "failed", "skipped", "recovered", "cancelled"]),
    job: z.string(),
    task: z.string(),
    executionId: z.string(),
    at: timestamp,
    attempt: z.int().positive().describe("From 1; an attempt that a crash cut short does not count"),
    instance: z.string().describe("The process: service, host, process and boot"),
    durationMs: z.number().nonnegative().optional(),
    itemsProcessed: z.int().nonnegative().optional(),
    result: json.optional(),
    error: z.string().optional(),
    reason: z.string().optional(),
  }),
  subject: (run) => `vigia.event.run.${run.status}.${run.job}.${run.task}`,
  aggregate: (run) => `run:${run.executionId}`,
  description: "A run's life cycle: started, completed, failed, skipped, recovered, cancelled",
});

export const commandChanged = defineEvent({
  type: "vigia.command",
  filter: "vigia.event.command.>",
  schema: z.object({
    status: z.enum(["accepted", "rejected", "completed", "failed"]),
    target: z.string(),
    command: z.string(),
    commandId: z.string().describe("The command's `ce-id`, or `<stream>:<sequence>` where it came without one"),
    executionId: z.string().optional(),
    at: timestamp,
    reason: z.string().optional().describe("Why it was rejected or failed, in words that name the field"),
    result: json.optional().describe("What the task reports of a completed run"),
  }),
  subject: (command) => `vigia.event.command.${command.status}.${command.target}.${command.command}`,
  aggregate: (command) => `command:${command.commandId}`,
  description: "A command's life cycle; a rejection says in words what was wrong",
});

export const deadLetterAdded = defineEvent({
  type: "vigia.deadletter",
  filter: "vigia.event.deadletter.>",
  schema: z.object({
    stream: z.string(),
    consumer: z.string(),
    subject: z.string(),
    messageId: z.string(),
    sequence: z.int().positive().optional().describe("The dead letter's number, by which it can be replayed"),
    reason: z.string(),
    tries: z.int().positive(),
    at: timestamp,
  }),
  subject: (letter) => `vigia.event.deadletter.added.${letter.stream}`,
  aggregate: (letter) => `deadletter:${letter.messageId}`,
  description: "A message ended as a dead letter",
});

export const trackerChanged = defineEvent({
  type: "vigia.tracker",
  filter: "vigia.event.tracker.>",
  schema: z.object({
    status: z.enum(["degraded", "restored"]),
    instance: z.string(),
    reason: z.string(),
    at: timestamp,
  }),
  subject: (tracker) => `vigia.event.tracker.${tracker.status}`,
  aggregate: (tracker) => `tracker:${tracker.instance}`,
  description: "Redis was lost, or came back",
});
