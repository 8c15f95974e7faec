import type { FeedEvent } from "../data/answers.ts";
import type { Words } from "../language/en.ts";
import { shortId } from "./identifier.ts";
import { duration } from "./time.ts";

export type Tone = "good" | "bad" | "attention" | "plain";

export interface Phrase {
  readonly text: string;
  readonly tone: Tone;
}

type Payload = FeedEvent["payload"];
type Phraser = (payload: Payload, words: Words, language: string) => Phrase | undefined;

/** An event in one sentence. One that this page does not know shows as its subject. */
export function phraseEvent({ subject, payload }: FeedEvent, words: Words, language: string): Phrase {
  const [, , kind = "", detail = ""] = subject.split(".");
  const phraser = PHRASERS[`${kind}.${detail}`] ?? PHRASERS[kind];
  return phraser?.(payload, words, language) ?? { text: subject, tone: "plain" };
}

const PHRASERS: Readonly<Record<string, Phraser>> = {
  run: phraseRun,
  command: phraseCommand,
  "chain.synced": (chain, { events }, language) => {
    const [from, to] = [blockOf(chain, "fromBlock", language), blockOf(chain, "toBlock", language)];
    return plain(events.chainSynced(from === to ? from : `${from}–${to}`, numberOf(chain, "logs")));
  },
  "chain.reorged": (chain, words, language) =>
    attention(
      words.events.chainReorged(
        words.blocks(numberOf(chain, "removedBlocks")),
        blockOf(chain, "ancestorBlock", language),
      ),
    ),
  "chain.drifted": (drift, words) =>
    attention(
      words.events.chainDrifted(
        shortId(textOf(drift, "escrowId")),
        escrowStatus(objectOf(drift, "recorded"), words),
        escrowStatus(objectOf(drift, "onChain"), words),
      ),
    ),
  "chain.resync-progress": (resync, { events }, language) =>
    plain(events.resyncProgressed(blockOf(resync, "doneBlock", language), blockOf(resync, "toBlock", language))),
  "provider.degraded": (provider, { events }) =>
    attention(events.providerDegraded(textOf(provider, "endpoint"), textOf(provider, "reason", events.noReason))),
  "provider.recovered": (provider, { events }) => good(events.providerRecovered(textOf(provider, "endpoint"))),
  escrow: (escrow, words) =>
    plain(words.events.escrowChanged(shortId(textOf(escrow, "escrowId")), escrowStatus(escrow, words))),
  order: (order, { events }) => {
    const status = textOf(order, "status");
    const reason = textOf(order, "reason", events.noReason);
    return plain(events.orderChanged(shortId(textOf(order, "orderId")), events.statuses[status] ?? status, reason));
  },
  dispute: (dispute, { events }) =>
    plain(events.disputeChanged(shortId(textOf(dispute, "disputeId")), textOf(dispute, "status").replaceAll("_", " "))),
  "consistency-issue": phraseIssue,
  "consistency-heal": (heal, { events, issues }) => {
    const entity = `${textOf(heal, "entityType")} ${shortId(textOf(heal, "entityId"))}`;
    const step = textOf(heal, "step");
    const text = events.healReported(
      issues.steps.changes[step === "healed" ? step : `heal_${step}`] ?? step,
      textOf(heal, "check"),
      entity,
    );
    return step === "healed" ? good(text) : step === "asked" ? plain(text) : attention(text);
  },
  "consistency-report": (report, { events }) =>
    plain(events.checkReported(numberOf(report, "checks"), numberOf(report, "opened"), numberOf(report, "resolved"))),
  "cleanup-report": (report, { events }) => {
    const counts = Object.entries(objectOf(report, "counts")).map(([what, count]) => `${what} ${count}`);
    return plain(events.cleanupReported(textOf(report, "task"), counts.join(", ") || events.nothingToDo));
  },
  "tracker.degraded": (tracker, { events }) =>
    attention(events.trackerDegraded(textOf(tracker, "reason", events.noReason))),
  "tracker.restored": (_tracker, { events }) => good(events.trackerRestored),
  deadletter: (letter, { events }) =>
    bad(events.deadLetterAdded(textOf(letter, "subject"), textOf(letter, "reason", events.noReason))),
};

function phraseRun(run: Payload, words: Words, language: string): Phrase | undefined {
  const { events } = words;
  const task = `${textOf(run, "job")}.${textOf(run, "task")}`;
  const reason = textOf(run, "reason", events.noReason);
  switch (run.status) {
    case "started":
      return plain(events.runStarted(task));
    case "completed": {
      const items = numberOf(run, "itemsProcessed");
      const took = duration(numberOf(run, "durationMs"), language);
      return good(events.runCompleted(task, events.outcome(took, items > 0 ? words.items(items) : "")));
    }
    case "failed":
      return bad(events.runFailed(task, textOf(run, "error", reason)));
    case "skipped":
      return plain(events.runSkipped(task, reason));
    case "cancelled":
      return attention(events.runCancelled(task, reason));
    case "recovered":
      return attention(events.runRecovered(task, reason));
    default:
      return undefined;
  }
}

function phraseCommand(command: Payload, { events }: Words): Phrase | undefined {
  const name = `${textOf(command, "target")}.${textOf(command, "command")}`;
  const reason = textOf(command, "reason", events.noReason);
  switch (command.status) {
    case "accepted":
      return plain(events.commandAccepted(name));
    case "rejected":
      return bad(events.commandRejected(name, reason));
    case "completed":
      return good(events.commandCompleted(name));
    case "failed":
      return bad(events.commandFailed(name, reason));
    default:
      return undefined;
  }
}

function phraseIssue(issue: Payload, { events, issues }: Words): Phrase | undefined {
  const severity = textOf(issue, "severity");
  const inWords = issues.severities[severity as keyof typeof issues.severities] ?? severity;
  const entity = `${textOf(issue, "entityType")} ${shortId(textOf(issue, "entityId"))}`;
  const facts = [inWords, textOf(issue, "check"), entity] as const;
  switch (issue.change) {
    case "opened":
      return bad(events.issueOpened(...facts));
    case "updated":
      return attention(events.issueUpdated(...facts));
    case "resolved":
      return good(events.issueResolved(...facts));
    case "acknowledged":
      return plain(events.issueAcknowledged(...facts));
    case "snoozed":
      return plain(events.issueSnoozed(...facts));
    case "reopened":
      return attention(events.issueReopened(...facts));
    default:
      return undefined;
  }
}

function escrowStatus(escrow: Payload, words: Words): string {
  const status = textOf(escrow, "status");
  return words.chain.statuses[status] ?? status;
}

const plain = (text: string): Phrase => ({ text, tone: "plain" });
const good = (text: string): Phrase => ({ text, tone: "good" });
const bad = (text: string): Phrase => ({ text, tone: "bad" });
const attention = (text: string): Phrase => ({ text, tone: "attention" });

function textOf(payload: Payload, field: string, otherwise = "?"): string {
  const value = payload[field];
  return typeof value === "string" || typeof value === "number" ? String(value) : otherwise;
}

function numberOf(payload: Payload, field: string): number {
  const value = payload[field];
  return typeof value === "number" ? value : 0;
}

function objectOf(payload: Payload, field: string): Payload {
  const value = payload[field];
  return typeof value === "object" && value !== null ? (value as Payload) : {};
}

function blockOf(payload: Payload, field: string, language: string): string {
  return numberOf(payload, field).toLocaleString(language);
}
