import {
  chainDrifted,
  chainReorged,
  chainSynced,
  checkReported,
  cleanupReported,
  commandChanged,
  deadLetterAdded,
  disputeChanged,
  EVENTS,
  escrowChanged,
  healReported,
  issueChanged,
  type OutgoingEvent,
  orderChanged,
  providerChanged,
  resyncProgressed,
  runChanged,
  trackerChanged,
} from "@vigia/messages";
import { en } from "../language/en.ts";
import { es } from "../language/es.ts";
import { phraseEvent } from "./event.ts";

const at = "2030-01-01T00:00:00.000Z";
const id = "0b5f8a5e-9a3e-4c06-8f43-3b8f6f2d1a10";
const contract = `0x${"5".repeat(40)}`;
const chain = { chainId: 31337, contract };
const escrowId = `0x${"8f".repeat(32)}`;
const run = { job: "chain-sync", task: "sync", executionId: id, at, attempt: 1, instance: "chain-sync@h#1#b" };
const command = { target: "chain-sync", command: "resync", commandId: "c", at };
const issue = {
  severity: "critical" as const,
  check: "AMOUNT_MISMATCH",
  fingerprint: "f",
  summary: "s",
  entityType: "order",
  entityId: id,
  evidence: {},
  occurrences: 1,
  firstSeen: at,
  lastSeen: at,
};
const parties = { sellerId: id, buyerId: id };

/** At least one of every kind of event there is, with what the page makes of it. */
const PHRASES: readonly [OutgoingEvent, string, string][] = [
  [runChanged({ ...run, status: "started" }), "plain", "chain-sync.sync started"],
  [
    runChanged({ ...run, status: "completed", durationMs: 1_240, itemsProcessed: 3 }),
    "good",
    "chain-sync.sync completed in 1.2 s, 3 items",
  ],
  [runChanged({ ...run, status: "completed", durationMs: 12 }), "good", "chain-sync.sync completed in 12 ms"],
  [runChanged({ ...run, status: "failed", error: "no answer" }), "bad", "chain-sync.sync failed: no answer"],
  [runChanged({ ...run, status: "skipped" }), "plain", "chain-sync.sync was skipped: no reason given"],
  [
    commandChanged({ ...command, status: "rejected", reason: "fromBlock: too small" }),
    "bad",
    "Command chain-sync.resync was rejected: fromBlock: too small",
  ],
  [commandChanged({ ...command, status: "completed" }), "good", "Command chain-sync.resync is done"],
  [
    deadLetterAdded({
      stream: "S",
      consumer: "c",
      subject: "vigia.tick.x",
      messageId: "m",
      reason: "no",
      tries: 1,
      at,
    }),
    "bad",
    "A message on vigia.tick.x could not be handled: no",
  ],
  [trackerChanged({ status: "restored", instance: "i", reason: "r", at }), "good", "Redis is back"],
  [
    chainSynced({ ...chain, fromBlock: 1_000, toBlock: 1_010, headBlock: 1_010, logs: 1, escrowsChanged: 1 }),
    "plain",
    "Blocks 1,000–1,010 synced, 1 log",
  ],
  [
    chainReorged({ ...chain, ancestorBlock: 9, removedBlocks: 2, removedLogs: 1, escrowsChanged: 1 }),
    "attention",
    "A fork of 2 blocks was rolled back to block 9",
  ],
  [
    chainDrifted({
      ...chain,
      escrowId,
      orderId: null,
      atBlock: 9,
      recorded: { status: "pending_deposit", balance: "1" },
      onChain: { status: "refunded", balance: "0" },
    }),
    "attention",
    "Escrow 0x8f8f…8f8f was waiting for the deposit on record and is refunded on chain; the record was corrected",
  ],
  [
    resyncProgressed({ ...chain, commandId: "c", fromBlock: 1, toBlock: 9, doneBlock: 4, logs: 0 }),
    "plain",
    "Resync has reached block 4 of 9",
  ],
  [
    providerChanged({ status: "degraded", chainId: 1, endpoint: "node-a", reason: "slow", at }),
    "attention",
    "Endpoint node-a was taken out: slow",
  ],
  [
    escrowChanged({
      ...chain,
      escrowId: "0x01",
      orderId: null,
      status: "locked",
      previousStatus: null,
      source: "event",
      balance: "1",
      blockNumber: 1,
    }),
    "plain",
    "Escrow 0x01 is locked",
  ],
  [
    orderChanged({ ...parties, orderId: id, status: "expired", previousStatus: "created", reason: "too late", at }),
    "plain",
    "Order 0b5f…1a10 is expired: too late",
  ],
  [
    disputeChanged({ ...parties, disputeId: id, orderId: id, status: "under_review", winnerId: null, at }),
    "plain",
    "Dispute 0b5f…1a10 is under review",
  ],
  [
    cleanupReported({ task: "expire-orders", executionId: id, counts: { expired: 3 }, at }),
    "plain",
    "Clean-up expire-orders: expired 3",
  ],
  [issueChanged({ ...issue, change: "opened" }), "bad", "New critical issue AMOUNT_MISMATCH on order 0b5f…1a10"],
  [issueChanged({ ...issue, change: "resolved" }), "good", "Issue AMOUNT_MISMATCH on order 0b5f…1a10 is resolved"],
  [
    issueChanged({ ...issue, change: "acknowledged" }),
    "plain",
    "Issue AMOUNT_MISMATCH on order 0b5f…1a10 is worked on",
  ],
  [issueChanged({ ...issue, change: "snoozed" }), "plain", "Issue AMOUNT_MISMATCH on order 0b5f…1a10 was put off"],
  [
    issueChanged({ ...issue, change: "reopened" }),
    "attention",
    "Issue AMOUNT_MISMATCH on order 0b5f…1a10 is open again",
  ],
  [
    healReported({ ...issue, step: "given_up", before: {}, tries: 3, at }),
    "attention",
    "Healing AMOUNT_MISMATCH on order 0b5f…1a10: healing given up",
  ],
  [
    checkReported({
      task: "check",
      executionId: id,
      at,
      checks: 24,
      opened: 2,
      resolved: 1,
      open: 2,
      byCheck: {},
      bySeverity: {},
      failedChecks: [],
    }),
    "plain",
    "24 checks ran: 2 opened, 1 resolved",
  ],
];

const feedEvent = ({ subject, data }: OutgoingEvent) => ({ position: 1, id, subject, source: "t", payload: data, at });

describe("phraseEvent", () => {
  it.each(PHRASES)("$type", (event, tone, text) => {
    expect(phraseEvent(feedEvent(event), en, "en")).toEqual({ tone, text });
  });

  it("has a sentence of its own for every kind of event, in both languages", () => {
    expect(new Set(PHRASES.map(([{ type }]) => type))).toEqual(new Set(EVENTS.map(({ type }) => type)));
    for (const [event] of PHRASES) {
      const english = phraseEvent(feedEvent(event), en, "en").text;
      const spanish = phraseEvent(feedEvent(event), es, "es").text;
      expect(english).not.toBe(event.subject);
      expect(spanish).not.toBe(event.subject);
      expect(spanish).not.toBe(english);
    }
  });

  it("shows an event that it does not know, or cannot read, without failing", () => {
    const unknown = { position: 1, id, subject: "vigia.event.moon.full", source: "t", payload: {}, at };
    expect(phraseEvent(unknown, en, "en")).toEqual({ tone: "plain", text: "vigia.event.moon.full" });
    const malformed = { ...unknown, subject: "vigia.event.chain.drifted.1", payload: { recorded: 7 } };
    expect(phraseEvent(malformed, en, "en").text).toContain("?");
  });
});
