import { type FoldedEscrow, foldEscrow, groupByEscrow, type Step } from "@vigia/chain";
import type { Escrow, EscrowFacts, Transaction, TransitionSource } from "@vigia/database";
import { escrowChanged, type OutgoingEvent } from "@vigia/messages";
import type { Followed } from "./followed.ts";
import { ordersFollow, ordersGoBack } from "./orders-follow.ts";

/** Why rows are recomputed: logs came, or the blocks after `block` were undone. */
export type Cause = { readonly source: "event" } | { readonly source: "reorg"; readonly block: number };

interface Computed {
  readonly escrowId: string;
  readonly before: Escrow | undefined;
  readonly after: FoldedEscrow | undefined;
}

/**
 * Makes the rows of these escrows what their recorded logs say, records each new transition, moves their orders, and
 * emits what changed. A state read from the contract stays until a newer log. Returns how many rows changed. The
 * caller holds the cursor.
 */
export async function recompute(
  tx: Transaction,
  followed: Followed,
  escrowIds: readonly string[],
  cause: Cause,
): Promise<number> {
  if (escrowIds.length === 0) return 0;
  if (cause.source === "reorg") await tx.escrows.forgetTransitions(followed, escrowIds, cause.block);
  const computed = await compute(tx, followed, escrowIds, cause);
  const changed = computed.filter(({ before, after }) => isDifferent(before, after?.facts));
  await tx.escrows.save(
    followed,
    changed.flatMap(({ after }) => after?.facts ?? []),
  );
  const gone = changed.filter(({ after }) => !after).map(({ escrowId }) => escrowId);
  await tx.escrows.remove(followed, gone);

  const told = await recordChanges(tx, followed, computed, cause);
  const linked = await tx.escrows.linkOrders(followed, escrowIds);
  const orderIds = new Map(linked.map(({ escrowId, orderId }) => [escrowId, orderId]));
  for (const { escrowId, before } of computed) if (before?.orderId) orderIds.set(escrowId, before.orderId);
  await tx.emit([
    ...told.map((change) => eventOf(followed, change, orderIds.get(change.escrowId) ?? null)),
    ...computed.flatMap(({ before, after }) => (before && !after ? vanished(followed, before, cause) : [])),
  ]);
  if (cause.source === "reorg") await ordersGoBack(tx, followed, orderIds);
  await ordersFollow(tx, followed, [...orderIds.keys()]);
  return changed.length;
}

async function compute(
  tx: Transaction,
  followed: Followed,
  escrowIds: readonly string[],
  cause: Cause,
): Promise<Computed[]> {
  const rows = new Map((await tx.escrows.lock(followed, escrowIds)).map((row) => [row.escrowId, row]));
  const logs = groupByEscrow(await tx.chain.logsOf(followed, escrowIds));
  return escrowIds.map((escrowId) => {
    const before = rows.get(escrowId);
    const read = before && readStateOf(before, cause);
    return { escrowId, before, after: foldEscrow(followed.profile.rules, logs.get(escrowId) ?? [], read) };
  });
}

function readStateOf(row: Escrow, cause: Cause) {
  const undone = cause.source === "reorg" && row.updatedBlock > cause.block;
  if (row.statusSource !== "state" || undone) return undefined;
  return { status: row.status, balance: row.balance, blockNumber: row.updatedBlock, since: row.statusSince };
}

const FACTS = [
  "status",
  "sellerAddress",
  "buyerAddress",
  "token",
  "amount",
  "balance",
  "createdBlock",
  "updatedBlock",
  "updatedLog",
  "statusSource",
] as const satisfies (keyof EscrowFacts)[];

function isDifferent(before: Escrow | undefined, after: EscrowFacts | undefined): boolean {
  if (!before || !after) return before !== undefined || after !== undefined;
  if (before.statusSince.getTime() !== after.statusSince.getTime()) return true;
  return FACTS.some((fact) => before[fact] !== after[fact]);
}

interface Change extends Omit<Step, "logIndex"> {
  readonly escrowId: string;
  readonly logIndex: number | null;
  readonly source: TransitionSource;
}

/** Records every transition that is new, and returns what the world should be told, each escrow's in its order. */
async function recordChanges(
  tx: Transaction,
  followed: Followed,
  computed: readonly Computed[],
  cause: Cause,
): Promise<Change[]> {
  const changes = computed.map(({ escrowId, after }) =>
    (after?.steps ?? []).map((step): Change => ({ ...step, escrowId, source: "event" })),
  );
  const fresh = new Set(await tx.escrows.recordNew(followed, changes.flat()));
  const corrections: Change[] = [];
  const told = computed.flatMap(({ before, after }, index) => {
    const steps = changes[index] ?? [];
    const last = steps.at(-1);
    // A step that was missed long ago is put on record; telling it now, after what came of it, would mislead.
    if (last && fresh.has(last)) return steps.filter((step) => fresh.has(step));
    const correction = after && correctionOf(before, after.facts, cause);
    if (correction) corrections.push(correction);
    return correction ?? [];
  });
  await tx.escrows.record(followed, cause.source, corrections);
  return told;
}

/** No log is new, and yet the state is another: blocks were undone, or the row had been spoiled. */
function correctionOf(before: Escrow | undefined, facts: EscrowFacts, cause: Cause): Change | undefined {
  if (!before || before.status === facts.status) return undefined;
  return {
    escrowId: facts.escrowId,
    fromStatus: before.status,
    toStatus: facts.status,
    balance: facts.balance,
    blockNumber: cause.source === "reorg" ? cause.block : facts.updatedBlock,
    logIndex: null,
    at: new Date(),
    source: cause.source,
  };
}

function vanished(followed: Followed, row: Escrow, cause: Cause): OutgoingEvent {
  return escrowChanged({
    chainId: followed.chainId,
    contract: followed.contract,
    escrowId: row.escrowId,
    orderId: row.orderId,
    status: "vanished",
    previousStatus: row.status,
    source: cause.source,
    balance: "0",
    blockNumber: cause.source === "reorg" ? cause.block : row.updatedBlock,
  });
}

function eventOf(followed: Followed, change: Change, orderId: string | null): OutgoingEvent {
  return escrowChanged({
    chainId: followed.chainId,
    contract: followed.contract,
    escrowId: change.escrowId,
    orderId,
    status: change.toStatus,
    previousStatus: change.fromStatus,
    source: change.source,
    balance: change.balance,
    blockNumber: change.blockNumber,
  });
}
