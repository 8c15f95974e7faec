import type { Survey } from "@vigia/chain";
import { type ChainCursor, chain } from "@vigia/database";
import { defineTask, type Task, type TaskContext } from "@vigia/runtime";
import { applyRange, holdCursor } from "../follow/apply-range.ts";
import { forEachContract } from "../follow/each-contract.ts";
import type { Followed } from "../follow/followed.ts";
import { ordersFollow } from "../follow/orders-follow.ts";
import { readRange } from "../follow/read-range.ts";
import { refuseOtherChain } from "../follow/refuse-other-chain.ts";
import { findAncestor, rollBack } from "../follow/roll-back.ts";
import { lookAgainWhereStale } from "../follow/stale-read.ts";
import { watchedBefore } from "../follow/watched.ts";

interface Progress {
  fromBlock: number | undefined;
  logs: number;
  escrowsChanged: number;
}

/** Follows the contracts from their last synced block to the head. Where nothing is new, each costs one request. */
export function sync(all: readonly Followed[]): Task {
  return defineTask("chain-sync.sync", async (context) => {
    const synced = await forEachContract(context, all, (followed) => {
      const progress: Progress = { fromBlock: undefined, logs: 0, escrowsChanged: 0 };
      return lookAgainWhereStale(context.log, () => followToHead(context, followed, progress));
    });
    return {
      fromBlock: Math.min(...synced.map(({ fromBlock }) => fromBlock)),
      toBlock: Math.min(...synced.map(({ toBlock }) => toBlock)),
      headBlock: Math.max(...synced.map(({ headBlock }) => headBlock)),
      logs: synced.reduce((sum, { logs }) => sum + logs, 0),
      escrowsChanged: synced.reduce((sum, { escrowsChanged }) => sum + escrowsChanged, 0),
    };
  });
}

async function followToHead(context: TaskContext<"chain-sync.sync">, followed: Followed, progress: Progress) {
  const { database, step, signal, processed, log } = context;
  let cursor = await readCursor(context, followed);
  const survey = await followed.endpoints.survey({ number: cursor.blockNumber, hash: cursor.blockHash }, signal);
  refuseOtherChain(survey, followed);
  const headNumber = survey.head.number;
  if (hasForked(survey, cursor, await hashAtHead(context, followed, headNumber, cursor))) {
    const ancestor = await findAncestor(chain(database), followed, cursor, headNumber, signal);
    const before = cursor;
    const undone = await step((tx) => rollBack(tx, followed, ancestor, before, headNumber));
    log.warn({ from: cursor.blockNumber, ancestor: ancestor.number }, "a fork was rolled back");
    progress.escrowsChanged += undone.escrowsChanged;
    cursor = undone.cursor;
  }

  let watched = await watchedBefore(database, followed, cursor.blockNumber + 1);
  const target = headNumber - followed.confirmations;
  while (cursor.blockNumber < target) {
    const before = cursor;
    const fromBlock = before.blockNumber + 1;
    const request = { fromBlock, lastBlock: target, watched, parentHash: before.blockHash };
    const range = await readRange(followed, request, signal);
    const applied = await step((tx) => applyRange(tx, followed, range, before, headNumber));
    cursor = applied.cursor;
    watched = range.watched;
    processed(applied.logs);
    progress.fromBlock ??= fromBlock;
    progress.logs += applied.logs;
    progress.escrowsChanged += applied.escrowsChanged;
  }
  await step(async (tx) => {
    await holdCursor(tx, followed, cursor);
    await tx.chain.moveCursor(followed, { ...cursor, headNumber });
    // Orders that the marketplace wrote after their escrow had come.
    const linked = await tx.escrows.linkOrders(followed);
    await ordersFollow(
      tx,
      followed,
      linked.map(({ escrowId }) => escrowId),
    );
  });
  const { logs, escrowsChanged } = progress;
  const fromBlock = progress.fromBlock ?? cursor.blockNumber;
  return { fromBlock, toBlock: cursor.blockNumber, headBlock: headNumber, logs, escrowsChanged };
}

async function readCursor({ database }: Pick<TaskContext, "database">, followed: Followed): Promise<ChainCursor> {
  const cursor = await chain(database).cursor(followed);
  return cursor ?? { blockNumber: followed.startBlock - 1, blockHash: null, headNumber: followed.startBlock };
}

/** A node below the cursor is behind, or on a shorter fork: the hash that is remembered for its head tells. */
async function hashAtHead(
  { database }: Pick<TaskContext, "database">,
  followed: Followed,
  headNumber: number,
  cursor: ChainCursor,
): Promise<string | undefined> {
  if (headNumber >= cursor.blockNumber) return undefined;
  const [block] = await chain(database).blocks(followed, headNumber, headNumber);
  return block?.hash;
}

function hasForked({ head, at }: Survey, cursor: ChainCursor, rememberedAtHead: string | undefined): boolean {
  if (cursor.blockHash === null) return false;
  if (head.number >= cursor.blockNumber) return at?.hash !== cursor.blockHash;
  return rememberedAtHead !== undefined && rememberedAtHead !== head.hash;
}
