import type { Chain, ChainBlock, ChainCursor, ChainView, Transaction } from "@vigia/database";
import { chainReorged } from "@vigia/messages";
import { PermanentError } from "@vigia/runtime";
import { holdCursor } from "./apply-range.ts";
import type { Followed } from "./followed.ts";
import { recompute } from "./recompute.ts";
import { recordLogs } from "./record-logs.ts";

/** Blocks to compare at once while walking back. Most forks are shorter. */
const STRIDE = 32;

/** The highest remembered block that is still of the chain, or `undefined` just before the contract's first block. */
export interface Ancestor {
  readonly number: number;
  readonly hash: string | null;
  /** The remembered blocks after it: they are of the chain no more. Highest first. */
  readonly undone: readonly ChainBlock[];
}

/**
 * Walks back from the cursor to the last block that the chain and the record agree on. Throws `PermanentError` where
 * they agree on none down to the last final one: too much may have been built on what is gone to undo it unasked.
 */
export async function findAncestor(
  chain: Pick<Chain, "blocks">,
  followed: Followed,
  cursor: ChainCursor,
  headNumber: number,
  signal: AbortSignal,
): Promise<Ancestor> {
  const all = await chain.blocks(followed, Math.min(cursor.finalizedNumber, cursor.blockNumber), cursor.blockNumber);
  const remembered = all.filter(({ number }) => number < cursor.blockNumber);
  const known = remembered.filter(({ number }) => number <= headNumber);
  for (let start = 0; start < known.length; start += STRIDE) {
    const blocks = known.slice(start, start + STRIDE);
    const numbers = blocks.map(({ number }) => number);
    const headers = await followed.endpoints.attempt(({ reader }) => reader.headers(numbers, signal), signal);
    const common = blocks.find((block, index) => block.hash === headers[index]?.hash);
    if (common) return { ...common, undone: all.filter(({ number }) => number > common.number) };
  }
  const { startBlock } = followed;
  const lowest = remembered.at(-1)?.number ?? cursor.blockNumber;
  const isStartOpen = startBlock > 0 && lowest <= startBlock && cursor.finalizedNumber < startBlock;
  if (isStartOpen) return { number: startBlock - 1, hash: null, undone: all };
  throw new PermanentError(
    `the chain has forked below block ${lowest}, which is final as far as is known; nothing was changed. ` +
      `If the new chain is right, repair with the command vigia.command.chain-sync.resync and a "fromBlock" ` +
      `below the fork`,
  );
}

/** Undoes every block after the ancestor: their logs, what followed from them, and the cursor. */
export async function rollBack(
  tx: Transaction,
  followed: Followed,
  ancestor: Ancestor,
  expected: ChainCursor,
  view: ChainView,
): Promise<{ readonly cursor: ChainCursor; readonly escrowsChanged: number }> {
  await holdCursor(tx, followed, expected);
  const first = ancestor.number + 1;
  const last = expected.blockNumber;
  // A state that was read at an undone block is undone with it.
  const built = await tx.escrows.within(followed, first, last);
  const removed = await recordLogs(tx, followed, first, last, []);
  const touched = [...new Set([...built, ...removed.escrowIds])];
  const escrowsChanged = await recompute(tx, followed, touched, { source: "reorg", block: ancestor.number });
  await tx.readings.undoAfter(followed, ancestor.number);
  await tx.chain.keepBlocks(followed, 0, ancestor.number);
  const cursor = { ...view, blockNumber: ancestor.number, blockHash: ancestor.hash };
  await tx.chain.moveCursor(followed, cursor);
  await tx.emit(
    chainReorged({
      chainId: followed.chainId,
      contract: followed.contract,
      ancestorBlock: ancestor.number,
      removedBlocks: last - ancestor.number,
      removedLogs: removed.removed,
      escrowsChanged,
    }),
  );
  return { cursor, escrowsChanged };
}
