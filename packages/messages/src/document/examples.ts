import { type CommandedTask, commandSubject } from "../commands.ts";
import { issueChanged } from "../events/consistency.ts";
import type { OutgoingEvent } from "../events/definition.ts";
import { commandChanged } from "../events/run.ts";
import type { ServiceCommandName } from "../service-commands.ts";
import { tickFor, tickSubject } from "../ticks.ts";

/** A message as it could be: the documents show it, and a test holds it against the schema. */
export interface Example {
  readonly type?: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const USER = "6b1f5a52-0c1c-4d0e-8f43-3f1c0f6a9b77";
const AT = "2026-03-01T12:00:00.000Z";

export const TICK_EXAMPLE: Example = {
  subject: tickSubject("chain-sync.sync"),
  data: { ...tickFor("chain-sync.sync", new Date(AT), false) },
};

export const COMMAND_EXAMPLES: Readonly<Record<CommandedTask | ServiceCommandName | "run", Example>> = {
  "chain-sync.resync": {
    subject: commandSubject("chain-sync", "resync"),
    data: { fromBlock: 100, toBlock: 200, reason: "the provider had left out logs" },
  },
  "chain-sync.follow": {
    subject: commandSubject("chain-sync", "follow"),
    data: {
      chainId: 1,
      contract: `0x${"5b".repeat(20)}`,
      escrowId: "42",
      reason: "the order was restored from a backup",
    },
  },
  run: { subject: commandSubject("cleanup", "run"), data: { task: "expire-orders" } },
  "scheduler.pause": {
    subject: commandSubject("scheduler", "pause"),
    data: { job: "chain-sync", task: "sync", until: AT, reason: "the provider is being replaced" },
  },
  "scheduler.resume": { subject: commandSubject("scheduler", "resume"), data: { job: "chain-sync" } },
  "scheduler.backfill": {
    subject: commandSubject("scheduler", "backfill"),
    data: { job: "cleanup", task: "expire-orders", from: "2026-03-01T08:00:00.000Z", to: AT, reason: "it was paused" },
  },
  "runs.cancel": {
    subject: commandSubject("runs", "cancel"),
    data: { executionId: "3f1e9a0c-5d7b-4f5e-9a60-0c9b6a0d6c11", reason: "the wrong day" },
  },
  "consistency.acknowledge": {
    subject: commandSubject("consistency", "acknowledge"),
    data: { fingerprint: "AMOUNT_MISMATCH:order:3f1e…", reason: "asked the seller" },
  },
  "consistency.snooze": {
    subject: commandSubject("consistency", "snooze"),
    data: { check: "DISPUTE_STALE", until: AT, reason: "the arbiter is on holiday" },
  },
  "consistency.reopen": {
    subject: commandSubject("consistency", "reopen"),
    data: { fingerprint: "AMOUNT_MISMATCH:order:3f1e…" },
  },
  "cleanup.record-downtime": {
    subject: commandSubject("cleanup", "record-downtime"),
    data: { from: AT, reason: "the site could not be reached" },
  },
  "cleanup.preview": { subject: commandSubject("cleanup", "preview"), data: { task: "expire-orders" } },
  "notifications.subscribe": {
    subject: commandSubject("notifications", "subscribe"),
    data: { userId: USER, channel: "email", address: "sara@example.org" },
  },
  "notifications.unsubscribe": {
    subject: commandSubject("notifications", "unsubscribe"),
    data: { userId: USER, channel: "email" },
  },
  "notifications.redeliver": { subject: commandSubject("notifications", "redeliver"), data: { channel: "email" } },
  "deadletters.replay": { subject: commandSubject("deadletters", "replay"), data: { sequence: 12 } },
};

export const EVENT_EXAMPLES: readonly Example[] = [
  issueChanged({
    change: "opened",
    severity: "critical",
    check: "AMOUNT_MISMATCH",
    fingerprint: "AMOUNT_MISMATCH:order:0b9b7c86-3c0a-4e9e-9d0e-6f3f0f6f2c11",
    summary:
      "order 0b9b7c86-3c0a-4e9e-9d0e-6f3f0f6f2c11: the order and its escrow are about the same token, but different amounts",
    meaning: "the order and its escrow are about the same token, but different amounts",
    entityType: "order",
    entityId: "0b9b7c86-3c0a-4e9e-9d0e-6f3f0f6f2c11",
    evidence: { orderAmount: "5000000", escrowAmount: "4000000" },
    occurrences: 1,
    firstSeen: AT,
    lastSeen: AT,
  }),
  commandChanged({
    status: "rejected",
    target: "chain-sync",
    command: "resync",
    commandId: "VIGIA_COMMANDS:42",
    at: AT,
    reason: "toBlock: must not be below fromBlock",
  }),
] satisfies OutgoingEvent[];
