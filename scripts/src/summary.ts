import {
  chainDrifted,
  chainReorged,
  checkReported,
  cleanupReported,
  commandChanged,
  deadLetterAdded,
  disputeChanged,
  escrowChanged,
  healReported,
  issueChanged,
  orderChanged,
  providerChanged,
  resyncProgressed,
  runChanged,
  trackerChanged,
} from "@vigia/messages";

/** The words for one kind of event; undefined for an event that is no news to a person who watches. */
type Phrase = (subject: string, body: unknown) => string | undefined;

interface Kind<Data> {
  readonly filter: string;
  readonly schema: { safeParse(body: unknown): { success: true; data: Data } | { success: false } };
}

/** Ids are long and begin differently: so much of one tells it from the others on a screen. */
const SHORT_ID_LENGTH = 8;

const PHRASES: readonly Phrase[] = [
  phrase(runChanged, ({ status, job, task, error, reason, attempt }) => {
    if (status === "failed") return `✗ ${job} ${task} failed at try ${attempt}: ${error ?? "no reason given"}`;
    if (status === "recovered") return `↻ ${job} ${task}: a run was taken over from a process that died`;
    if (status === "cancelled") return `■ ${job} ${task}: ${reason ?? "cancelled"}`;
    // Its start, its end and a skip because the last one still runs are seen by what they do.
    return status === "skipped" && reason !== undefined ? `· ${job} ${task} skipped: ${reason}` : undefined;
  }),
  phrase(escrowChanged, ({ escrowId, status, previousStatus, source, orderId }) => {
    const from = previousStatus === null ? "" : `${words(previousStatus)} → `;
    const why = { event: "", state: " (no event told it; read from the contract)", reorg: " (a reorg undid it)" }[
      source
    ];
    return `⛓ escrow ${short(escrowId)} of ${orderName(orderId)}: ${from}${words(status)}${why}`;
  }),
  phrase(orderChanged, ({ orderId, status, previousStatus, reason }) => {
    const from = previousStatus === undefined ? "" : `${words(previousStatus)} → `;
    return `▸ ${orderName(orderId)}: ${from}${words(status)} (${reason})`;
  }),
  phrase(disputeChanged, ({ disputeId, orderId, status }) => {
    return `▸ dispute ${short(disputeId)} about ${orderName(orderId)}: ${words(status)}`;
  }),
  phrase(issueChanged, ({ change, severity, check, summary, entityType, entityId }) => {
    if (change === "opened") return `⚠ ${severity} ${check}: ${summary}`;
    return change === "resolved" ? `✓ resolved ${check} on ${entityType} ${short(entityId)}` : undefined;
  }),
  phrase(healReported, ({ step, check, entityType, entityId }) => {
    return step === "asked" ? undefined : `✚ healing ${check} on ${entityType} ${short(entityId)}: ${words(step)}`;
  }),
  phrase(checkReported, ({ failedChecks }) => {
    return failedChecks.length === 0 ? undefined : `✗ these checks could not be made: ${failedChecks.join(", ")}`;
  }),
  phrase(cleanupReported, ({ task, counts }) => {
    const done = Object.entries(counts).filter(([, count]) => count > 0);
    if (done.length === 0) return undefined;
    return `🧹 ${words(task)}: ${done.map(([what, count]) => `${count} ${words(what)}`).join(", ")}`;
  }),
  phrase(commandChanged, ({ status, target, command, reason }) => {
    return `⌘ command ${target} ${command} ${status}${reason === undefined ? "" : `: ${reason}`}`;
  }),
  phrase(resyncProgressed, ({ fromBlock, toBlock, doneBlock, logs }) => {
    return `⌘ resync of blocks ${fromBlock} to ${toBlock}: at ${doneBlock}, ${logs} logs`;
  }),
  phrase(chainReorged, ({ ancestorBlock, removedBlocks, escrowsChanged }) => {
    return `⛓ reorg: ${removedBlocks} blocks after ${ancestorBlock} undone, ${escrowsChanged} escrows changed back`;
  }),
  phrase(chainDrifted, ({ escrowId, recorded, onChain }) => {
    const held = `${words(recorded.status)} in the table, ${words(onChain.status)} on the chain`;
    return `⚠ escrow ${short(escrowId)} was ${held}: the chain is right`;
  }),
  phrase(providerChanged, ({ status, endpoint, reason }) => `⛓ endpoint ${endpoint} ${status}: ${reason}`),
  phrase(trackerChanged, ({ status, instance, reason }) => `! tracker of ${instance} ${status}: ${reason}`),
  phrase(deadLetterAdded, ({ consumer, subject, tries, reason }) => {
    return `✗ dead letter: ${subject} at ${consumer} after ${tries} tries: ${reason}`;
  }),
];

/** One line about an event, or undefined where there is nothing to say. An event that fits no schema says so. */
export function describeEvent(subject: string, body: unknown): string | undefined {
  for (const words of PHRASES) {
    const line = words(subject, body);
    if (line !== undefined) return line;
  }
  return undefined;
}

function phrase<Data>({ filter, schema }: Kind<Data>, say: (data: Data) => string | undefined): Phrase {
  const prefix = filter.slice(0, -1);
  return (subject, body) => {
    if (!subject.startsWith(prefix)) return undefined;
    const parsed = schema.safeParse(body);
    return parsed.success ? say(parsed.data) : `? ${subject} with a body that nobody knows`;
  };
}

function words(name: string): string {
  return name
    .replaceAll(/[_-]/g, " ")
    .replaceAll(/[a-z](?=[A-Z])/g, "$& ")
    .toLowerCase();
}

function orderName(orderId: string | null): string {
  return orderId === null ? "no order" : `order ${short(orderId)}`;
}

/** Composite ids end with the part that tells them apart. */
function short(id: string): string {
  const last = id.slice(id.lastIndexOf(":") + 1);
  const length = last.startsWith("0x") ? SHORT_ID_LENGTH + 2 : SHORT_ID_LENGTH;
  return last.length > length ? `${last.slice(0, length)}…` : last;
}
