import { z } from "zod";
import { defineEvent } from "./definition.ts";
import { json, timestamp } from "./fields.ts";

export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const issueChanged = defineEvent({
  type: "vigia.consistency-issue",
  filter: "vigia.event.consistency-issue.>",
  schema: z.object({
    change: z.enum(["opened", "updated", "resolved", "acknowledged", "snoozed", "reopened"]),
    severity: z.enum(SEVERITIES),
    check: z.string().describe("The check's code, as in `AMOUNT_MISMATCH`"),
    fingerprint: z.string().describe("The finding's identity: it stays while evidence changes"),
    summary: z.string().describe("What is wrong, in one sentence"),
    meaning: z.string().optional().describe("What the check says of each of its findings, without the entity"),
    entityType: z.string().describe("What it is about, as in `order`"),
    entityId: z.string(),
    evidence: json.describe("What the check saw, side by side"),
    occurrences: z.int().positive(),
    firstSeen: timestamp,
    lastSeen: timestamp,
    reason: z.string().optional().describe("What an operator said with it"),
    until: timestamp.optional().describe("When a snooze ends"),
  }),
  subject: (issue) => `vigia.event.consistency-issue.${issue.change}.${issue.severity}.${issue.check}`,
  aggregate: (issue) => `issue:${issue.fingerprint}`,
  description:
    "A finding: opened when a check first sees it, updated when its evidence changes, resolved when it is gone; " +
    "acknowledged, snoozed or reopened by an operator, reopened too when its snooze has ended",
});

/** The subjects of what becomes of findings, of one severity or one check alone if wished. */
export function issueFilter({ severity, check }: { severity?: Severity; check?: string } = {}): string {
  return `vigia.event.consistency-issue.*.${severity ?? "*"}.${check ?? "*"}`;
}

export const checkReported = defineEvent({
  type: "vigia.consistency-report",
  filter: "vigia.event.consistency-report.>",
  schema: z.object({
    task: z.enum(["check", "deep-check"]),
    executionId: z.string(),
    at: timestamp,
    checks: z.int().nonnegative(),
    opened: z.int().nonnegative(),
    resolved: z.int().nonnegative(),
    open: z.int().nonnegative(),
    byCheck: z.record(z.string(), z.int().nonnegative()),
    bySeverity: z.record(z.string(), z.int().nonnegative()),
    failedChecks: z.array(z.string()),
  }),
  subject: (report) => `vigia.event.consistency-report.${report.task}`,
  aggregate: (report) => `consistency-report:${report.executionId}`,
  description: "A check run ended: counts by check and severity",
});

/** What becomes of a finding's healing. */
export const HEAL_STEPS = ["asked", "healed", "failed", "given_up"] as const;
export type HealStep = (typeof HEAL_STEPS)[number];

export const healReported = defineEvent({
  type: "vigia.consistency-heal",
  filter: "vigia.event.consistency-heal.>",
  schema: z.object({
    step: z.enum(HEAL_STEPS),
    severity: z.enum(SEVERITIES),
    check: z.string().describe("The check's code, as in `ESCROW_RELEASED_ORDER_OPEN`"),
    fingerprint: z.string().describe("The finding's identity"),
    entityType: z.string(),
    entityId: z.string(),
    before: json.describe("What the check saw"),
    after: json.optional().describe("What came of it, as whoever carried it out tells it"),
    does: json.optional().describe("The command that was given, or the events that are told again"),
    commandId: z.string().optional().describe("The command's `ce-id`"),
    tries: z.int().nonnegative().describe("How often it was tried within the last week, this time included"),
    reason: z.string().optional().describe("Why it failed, or was given up"),
    at: timestamp,
  }),
  subject: (heal) => `vigia.event.consistency-heal.${heal.step}.${heal.severity}.${heal.check}`,
  aggregate: (heal) => `issue:${heal.fingerprint}`,
  description:
    "A finding is healed, where its check may do so: asked for, carried out, failed, or given up because it did not " +
    "help. That the finding is gone is told as for every other, when its check finds it so",
});
