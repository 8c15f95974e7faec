import { SEVERITIES, TASK_NAMES } from "@vigia/messages";
import { z } from "zod";

const limit = z.coerce.number().int().min(1).max(200).default(50).describe("How many at most");
const text = z.string().min(1).max(200).optional().describe("What it must hold, anywhere");
const position = z.coerce.number().int().positive();

export const runsQuery = z.strictObject({
  task: z.enum(TASK_NAMES).optional(),
  status: z.enum(["running", "completed", "failed", "recovered", "skipped", "cancelled"]).optional(),
  text,
  before: position.optional(),
  limit,
});

export const timelineQuery = z.strictObject({
  hours: z.coerce.number().int().min(1).max(24).default(6).describe("How far back"),
});

export const issuesQuery = z.strictObject({
  status: z.enum(["open", "acknowledged", "snoozed", "resolved"]).optional(),
  check: z.string().min(1).max(100).optional(),
  severity: z.enum(SEVERITIES).optional(),
  entity: z.string().min(1).max(200).optional().describe("The id of what it is about, or of the order in its evidence"),
  text,
  before: z.string().min(1).max(200).optional(),
  limit,
});

export const eventsQuery = z.strictObject({
  subject: z
    .string()
    .regex(/^[^\s*>]{1,200}$/, "must be the beginning of a subject in whole words, without wildcards")
    .transform((subject) => subject.replace(/\.+$/, ""))
    .optional(),
  warnings: z.enum(["true", "false"]).default("false").describe("Those alone that tell of something that went wrong"),
  text,
  before: position.optional(),
  limit,
});

export const noticesQuery = z.strictObject({
  user: z.guid().optional().describe("Whose"),
  order: z.guid().optional().describe("About which order"),
  delivery: z.enum(["waiting", "delivered", "refused", "given-up"]).optional().describe("How a delivery of it stands"),
  before: z.guid().optional(),
  limit,
});

export const cleanupQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(365).default(30).describe("How far back"),
});

export const actionsQuery = z.strictObject({ before: position.optional(), limit });

export const deadLettersQuery = z.strictObject({
  consumer: z.string().min(1).max(200).optional(),
  all: z.enum(["true", "false"]).default("false"),
  text,
  before: z.string().min(1).max(500).optional(),
  limit,
});

export const streamQuery = z.strictObject({ after: z.coerce.number().int().nonnegative().optional() });

export const loginInput = z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(1_000) });

export const commandInput = z.strictObject({
  target: z.string().min(1).max(100).describe("Whom the command is for: a job, or what has commands of its own"),
  command: z.string().min(1).max(100).describe("Its name, as in `run`"),
  data: z.record(z.string(), z.unknown()).describe("What docs/messages.md says of the command"),
});
