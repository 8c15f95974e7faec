import { type FoldedEscrow, foldEscrow, foldFurther, groupByEscrow, isAfter, type Step } from "@vigia/chain";
import type { ChainLog, Escrow, EscrowFacts, Transaction, TransitionSource } from "@vigia/database";
import { escrowChanged, type OutgoingEvent } from "@vigia/messages";
import type { Followed } from "./followed.ts";
import { ordersFollow, ordersGoBack } from "./orders-follow.ts";

/** Why rows are recomputed: logs came, or the blocks after `block` were undone. */
export type Cause = { readonly source: "event" } | { readonly source: "reorg"; readonly block: number };

/**
 * The logs of blocks that nothing was recorded of before, by escrow: all that these escrows have from `fromBlock` on.
 * What they tell comes on top of the row, however long the history below it is.
 */
export interface FreshLogs {
  readonly fromBlock: number;
  readonly byEscrow: ReadonlyMap<string, readonly ChainLog[]>;
}

interface Computed {
  readonly escrowId: string;
  readonly before: Escrow | undefined;
  readonly after: FoldedEscrow | undefined;
  /** Whether each step of `after` is certainly new. */
  readonly isNew: boolean;
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
  fresh?: FreshLogs,
): Promise<number> {
  if (escrowIds.length === 0) return 0;
  if (cause.source === "reorg") await tx.escrows.forgetTransitions(followed, escrowIds, cause.block);
  return apply(tx, followed, await compute(tx, followed, escrowIds, cause, fresh), cause);
}

/**
 * The escrows whose rows are not what their recorded logs say; nothing of them changes. Of the others, steps that the
 * history lacks are put on record.
 */
export async function outdated(tx: Transaction, followed: Followed, escrowIds: readonly string[]): Promise<string[]> {
  const cause: Cause = { source: "event" };
  const computed = await compute(tx, followed, escrowIds, cause, undefined);
  const isRight = ({ before, after }: Computed) => !isDifferent(before, after?.facts);
  await apply(tx, followed, computed.filter(isRight), cause);
  return computed.filter((each) => !isRight(each)).map(({ escrowId }) => escrowId);
}

async function apply(
  tx: Transaction,
  followed: Followed,
  computed: readonly Computed[],
  cause: Cause,
): Promise<number> {
  const changed = computed.filter(({ before, after }) => isDifferent(before, after?.facts));
  await tx.escrows.save(
    followed,
    changed.flatMap(({ after }) => after?.facts ?? []),
  );
  const gone = changed.filter(({ after }) => !after).map(({ escrowId }) => escrowId);
  await tx.escrows.remove(followed, gone);

  const told = await recordChanges(tx, followed, computed, cause);
  const unlinked = computed.filter(({ before, after }) => after && !before?.orderId);
  const linked = await tx.escrows.linkOrders(
    followed,
    unlinked.map(({ escrowId }) => escrowId),
  );
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
  fresh: FreshLogs | undefined,
): Promise<Computed[]> {
  const { rules } = followed.profile;
  const rows = new Map((await tx.escrows.lock(followed, escrowIds)).map((row) => [row.escrowId, row]));
  const further = fresh ? await carryOn(tx, followed, rows, fresh) : new Map<string, Computed>();
  const others = escrowIds.filter((escrowId) => !further.has(escrowId));
  const logs = groupByEscrow(await tx.chain.logsOf(followed, others));
  for (const escrowId of others) {
    const before = rows.get(escrowId);
    const read = before && readStateOf(before, cause);
    further.set(escrowId, { escrowId, before, after: foldEscrow(rules, logs.get(escrowId) ?? [], read), isNew: false });
  }
  return escrowIds.flatMap((escrowId) => further.get(escrowId) ?? []);
}

/** What fresh logs make of rows, and of escrows that begin with them; left out where the whole history is needed. */
async function carryOn(
  tx: Transaction,
  followed: Followed,
  rows: ReadonlyMap<string, Escrow>,
  { fromBlock, byEscrow }: FreshLogs,
): Promise<Map<string, Computed>> {
  const { rules } = followed.profile;
  const ids = [...byEscrow.keys()];
  const begun = ids.filter((escrowId) => !rows.has(escrowId));
  // An escrow without a row may have logs from before the one that creates it.
  const earlier = groupByEscrow(await tx.chain.logsOf(followed, begun, fromBlock));
  // A row of which no log is on record is wrong where one creates it now.
  const created = ids.filter((id) => rows.has(id) && byEscrow.get(id)?.some(({ event }) => rules.get(event)?.creates));
  const founded = new Set(await tx.chain.withLogs(followed, created, fromBlock));
  const unfounded = new Set(created.filter((escrowId) => !founded.has(escrowId)));
  const computed = new Map<string, Computed>();
  for (const [escrowId, logs] of byEscrow) {
    const before = rows.get(escrowId);
    const [first] = logs;
    if (!before) {
      const after = foldEscrow(rules, [...(earlier.get(escrowId) ?? []), ...logs]);
      computed.set(escrowId, { escrowId, before, after, isNew: true });
    } else if (first && isAfter(before, first) && !unfounded.has(escrowId)) {
      computed.set(escrowId, { escrowId, before, after: foldFurther(rules, before, logs), isNew: true });
    }
  }
  return computed;
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
  const certain = changes.filter((_, index) => computed[index]?.isNew).flat();
  await tx.escrows.record(followed, "event", certain);
  const found = await tx.escrows.recordNew(followed, changes.filter((_, index) => !computed[index]?.isNew).flat());
  const fresh = new Set([...certain, ...found]);
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
