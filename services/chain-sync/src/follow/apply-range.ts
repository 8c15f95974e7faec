import type { Header } from "@vigia/chain";
import type { ChainCursor, ChainView, Transaction } from "@vigia/database";
import { chainSynced } from "@vigia/messages";
import { firstRemembered } from "./finality.ts";
import type { Followed } from "./followed.ts";
import type { BlockRange } from "./read-range.ts";
import { recompute } from "./recompute.ts";
import { recordLogs } from "./record-logs.ts";
import { StaleReadError } from "./stale-read.ts";
import { isStillWatched } from "./watched.ts";

export interface Applied {
  readonly cursor: ChainCursor;
  readonly logs: number;
  readonly escrowsChanged: number;
}

/** Commits the range that follows the cursor: logs, escrows, orders, events, and the cursor itself. */
export async function applyRange(
  tx: Transaction,
  followed: Followed,
  range: BlockRange,
  expected: ChainCursor,
  view: ChainView,
): Promise<Applied> {
  await holdCursor(tx, followed, expected);
  const { fromBlock, toBlock, logs } = range;
  if (!(await isStillWatched(tx, followed, range.watchedBefore, fromBlock))) {
    throw new StaleReadError("other contracts are announced than when the blocks were read");
  }
  const change = await recordLogs(tx, followed, fromBlock, toBlock, logs);
  // A transition of these blocks may be on record without its log, where a resync had taken that log away.
  const isToldBefore = await tx.escrows.haveTransitionsFrom(followed, change.escrowIds, fromBlock);
  const fresh = isToldBefore ? undefined : { fromBlock, byEscrow: change.fresh };
  const escrowsChanged = await recompute(tx, followed, change.escrowIds, { source: "event" }, fresh);

  const first = firstRemembered(view, toBlock);
  await tx.chain.recordBlocks(
    followed,
    range.headers.filter(({ number }) => number >= first),
  );
  await tx.chain.keepBlocks(followed, first, toBlock);
  const cursor = { ...view, blockNumber: toBlock, blockHash: hashOf(range.headers.at(-1)) };
  await tx.chain.moveCursor(followed, cursor);
  const { chainId, contract } = followed;
  const synced = {
    chainId,
    contract,
    fromBlock,
    toBlock,
    headBlock: view.headNumber,
    logs: logs.length,
    escrowsChanged,
  };
  await tx.emit(chainSynced(synced));
  return { cursor, logs: logs.length, escrowsChanged };
}

/** Holds the cursor and proves that it is still where the caller read it: else what was read is of no use. */
export async function holdCursor(tx: Transaction, followed: Followed, expected: ChainCursor): Promise<void> {
  const held = await tx.chain.lockCursor(followed, followed.startBlock);
  if (held.blockNumber !== expected.blockNumber || held.blockHash !== expected.blockHash) {
    throw new StaleReadError("the cursor has moved since it was read");
  }
}

function hashOf(header: Header | undefined): string {
  if (!header) throw new Error("a range holds at least one block");
  return header.hash;
}
