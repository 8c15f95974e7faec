import { type ChainBlock, type ChainCursor, chain } from "@vigia/database";
import { resyncProgressed } from "@vigia/messages";
import { CommandRejectedError, defineTask, type Step, type Task, type TaskContext } from "@vigia/runtime";
import { z } from "zod";
import { firstRemembered } from "../follow/finality.ts";
import type { Followed } from "../follow/followed.ts";
import { type BlockRange, readRange } from "../follow/read-range.ts";
import { type Cause, outdated, recompute } from "../follow/recompute.ts";
import { recordLogs } from "../follow/record-logs.ts";
import { refuseOtherChain } from "../follow/refuse-other-chain.ts";
import { lookAgainWhereStale, StaleReadError } from "../follow/stale-read.ts";
import { watchedBefore } from "../follow/watched.ts";

type Context = TaskContext<"chain-sync.resync">;

const checkpoint = z.object({
  /** The contract that is under way; those before it are done. */
  contract: z.string(),
  fromBlock: z.int(),
  toBlock: z.int(),
  nextBlock: z.int(),
  /** All that is on record after this block is of a fork that is gone; `null`: nothing was found to be. */
  forkedAfter: z.int().nullable().default(null),
  /** Of all contracts so far. */
  logs: z.int(),
  escrowsChanged: z.int(),
});
type Progress = z.infer<typeof checkpoint>;
type Range = Pick<Progress, "fromBlock" | "toBlock">;

/** Escrows that are rebuilt with one read of their logs. */
const REBUILD_BATCH = 1_000;

/**
 * Reads a range of blocks again and rebuilds what follows from it. First the record of logs is made whole, range by range;
 * with the last one every row that it does not bear out is replaced, all in one transaction: nobody ever sees a row that
 * half of the logs have made. The live sync goes on meanwhile: the blocks after the cursor are its own. It also repairs a
 * record that a deep fork left behind.
 */
export function resync(all: readonly Followed[]): Task {
  return defineTask("chain-sync.resync", async (context) => {
    const meant = contractsMeant(context.command, all);
    // What an earlier version left can't be read: to begin anew does no harm.
    let progress = checkpoint.safeParse(context.resumeFrom).data;
    const underWay = meant.findIndex(({ contract }) => contract === progress?.contract);
    const ranges: Range[] = [];
    for (const followed of meant.slice(Math.max(underWay, 0))) {
      if (progress?.contract !== followed.contract) {
        const { fromBlock, toBlock } = await plan(context, followed);
        const { logs = 0, escrowsChanged = 0 } = progress ?? {};
        progress = {
          contract: followed.contract,
          fromBlock,
          toBlock,
          nextBlock: fromBlock,
          forkedAfter: null,
          logs,
          escrowsChanged,
        };
      }
      while (progress.nextBlock <= progress.toBlock) {
        const before: Progress = progress;
        progress = await lookAgainWhereStale(context.log, () => reread(context, followed, before));
        context.processed(progress.logs - before.logs);
      }
      ranges.push(progress);
    }
    return {
      chainId: meant[0]?.chainId,
      fromBlock: Math.min(...ranges.map(({ fromBlock }) => fromBlock)),
      toBlock: Math.max(...ranges.map(({ toBlock }) => toBlock)),
      logs: progress?.logs ?? 0,
      escrowsChanged: progress?.escrowsChanged ?? 0,
    };
  });
}

function contractsMeant({ chainId, contract }: Context["command"], all: readonly Followed[]): Followed[] {
  const onChain = all.filter((each) => chainId === undefined || each.chainId === chainId);
  if (onChain.length === 0) {
    const chains = [...new Set(all.map((each) => each.chainId))].join(" and ");
    throw new CommandRejectedError(`chainId: chain ${chainId} is not followed here, chain ${chains} is`);
  }
  const chains = new Set(onChain.map((each) => each.chainId));
  // A block's number means nothing on another chain.
  if (chains.size > 1) {
    throw new CommandRejectedError(
      `chainId: chains ${[...chains].join(" and ")} are followed here: name the one that is meant`,
    );
  }
  const meant = onChain.filter((each) => contract === undefined || each.contract === contract.toLowerCase());
  if (meant.length === 0) {
    const contracts = onChain.map((each) => each.contract).join(" and ");
    throw new CommandRejectedError(`contract: ${contract} is not followed here, ${contracts} is`);
  }
  return meant;
}

async function plan({ command, database, signal, log }: Context, followed: Followed): Promise<Range> {
  const survey = await followed.endpoints.survey({ number: 0, hash: null }, signal);
  refuseOtherChain(survey, followed);
  const { head } = survey;
  for (const field of ["fromBlock", "toBlock"] as const) {
    const block = command[field];
    if (block !== undefined && block > head.number) {
      throw new CommandRejectedError(`${field}: block ${block} is above the head, which is block ${head.number}`);
    }
  }
  const cursor = await chain(database).cursor(followed);
  const synced = Math.min(cursor?.blockNumber ?? -1, head.number);
  if (command.fromBlock > synced) {
    throw new CommandRejectedError(
      `fromBlock: block ${command.fromBlock} is not synced yet (the last one is ${synced}); the sync will read it`,
    );
  }
  const fromBlock = Math.max(command.fromBlock, Math.min(followed.startBlock, synced));
  const toBlock = Math.min(command.toBlock ?? synced, synced);
  log.info(
    { chainId: followed.chainId, contract: followed.contract, fromBlock, toBlock, reason: command.reason },
    "reading blocks again",
  );
  return { fromBlock, toBlock };
}

async function reread(context: Context, followed: Followed, progress: Progress): Promise<Progress> {
  const { nextBlock: fromBlock, toBlock: lastBlock } = progress;
  const remembered = await chain(context.database).blocks(followed, fromBlock, lastBlock);
  // It takes away what it does not find: nothing less than proof will do.
  // And it must follow from what is on record before it: else it would take over the head of a fork that begins below,
  // and the sync would never see it.
  const [before] = await chain(context.database).blocks(followed, fromBlock - 1, fromBlock - 1);
  const watched = await watchedBefore(context.database, followed, fromBlock);
  const request = { fromBlock, lastBlock, watched, parentHash: before?.hash ?? null, thorough: true };
  const range = await readRange(followed, request, context.signal);
  return context.step(async (step) => {
    const cursor = await step.chain.lockCursor(followed, followed.startBlock);
    await proveUnmoved(step, followed, range, remembered, cursor);
    const forkedAfter = progress.forkedAfter ?? (await lastStanding(step, followed, range));
    const { escrowIds, announcesOthers } = await correctLogs(step, followed, range);
    if (announcesOthers) {
      context.log.info(
        { toBlock: cursor.blockNumber },
        "other contracts are announced than were on record: reading on",
      );
    }
    const end = announcesOthers ? cursor.blockNumber : progress.toBlock;
    const replace = range.toBlock < end ? replaceLater : replaceNow;
    const escrowsChanged = await replace(step, followed, escrowIds, forkedAfter);
    await rememberBlocks(step, followed, range, cursor);
    const next: Progress = {
      ...progress,
      toBlock: end,
      nextBlock: range.toBlock + 1,
      forkedAfter,
      logs: progress.logs + range.logs.length,
      escrowsChanged: progress.escrowsChanged + escrowsChanged,
    };
    await step.checkpoint(next);
    await step.emit(
      resyncProgressed({
        chainId: followed.chainId,
        contract: followed.contract,
        commandId: context.messageId,
        fromBlock: progress.fromBlock,
        toBlock: next.toBlock,
        doneBlock: range.toBlock,
        logs: next.logs,
      }),
    );
    return next;
  });
}

/**
 * What was read may be committed only if no fork was rolled back or applied since: each remembered block is what it was
 * before the reading, or what was read.
 */
async function proveUnmoved(
  step: Step,
  followed: Followed,
  range: BlockRange,
  before: readonly ChainBlock[],
  cursor: ChainCursor,
): Promise<void> {
  if (cursor.blockNumber < range.toBlock) throw new StaleReadError("a fork was rolled back while the blocks were read");
  const earlier = new Map(before.map(({ number, hash }) => [number, hash]));
  for (const { number, hash } of await step.chain.blocks(followed, range.fromBlock, range.toBlock)) {
    const read = range.headers[number - range.fromBlock]?.hash;
    if (hash !== read && hash !== earlier.get(number)) {
      throw new StaleReadError(`block ${number} was replaced while the blocks were read`);
    }
  }
}

/** The last block before the first one that the chain has replaced since it was recorded; `null` where it has none. */
async function lastStanding(step: Step, followed: Followed, range: BlockRange): Promise<number | null> {
  let last = range.fromBlock - 1;
  for (const { number, hash } of await step.chain.hashesOnRecord(followed, range.fromBlock, range.toBlock)) {
    if (hash !== range.headers[number - range.fromBlock]?.hash) return last;
    last = number;
  }
  return null;
}

/** Corrects the range's logs. Gives every escrow that has one, or whose row says that it began or changed there. */
async function correctLogs(step: Step, followed: Followed, { fromBlock, toBlock, logs }: BlockRange) {
  const { escrowIds, announcesOthers } = await recordLogs(step, followed, fromBlock, toBlock, logs);
  const built = await step.escrows.within(followed, fromBlock, toBlock);
  const told = await step.chain.escrowsIn(followed, fromBlock, toBlock);
  return { escrowIds: [...new Set([...escrowIds, ...built, ...told])], announcesOthers };
}

/** What a row should be is certain once all logs are: until then those that are to be replaced stay as they are. */
async function replaceLater(
  step: Step,
  followed: Followed,
  escrowIds: readonly string[],
  forkedAfter: number | null,
): Promise<number> {
  const later = forkedAfter === null ? await outdated(step, followed, escrowIds) : escrowIds;
  await step.rebuilds.add(followed, later);
  return 0;
}

/** Replaces these rows, and those that were left for later. What was told or read after `forkedAfter` is undone with it. */
async function replaceNow(
  step: Step,
  followed: Followed,
  escrowIds: readonly string[],
  forkedAfter: number | null,
): Promise<number> {
  const cause: Cause = forkedAfter === null ? { source: "event" } : { source: "reorg", block: forkedAfter };
  const all = [...new Set([...(await step.rebuilds.take(followed)), ...escrowIds])];
  let escrowsChanged = 0;
  for (let start = 0; start < all.length; start += REBUILD_BATCH) {
    escrowsChanged += await recompute(step, followed, all.slice(start, start + REBUILD_BATCH), cause);
  }
  if (cause.source === "reorg") await step.readings.undoAfter(followed, cause.block);
  return escrowsChanged;
}

async function rememberBlocks(
  step: Step,
  followed: Followed,
  { headers, toBlock }: BlockRange,
  cursor: ChainCursor,
): Promise<void> {
  const first = firstRemembered(cursor, cursor.blockNumber);
  await step.chain.recordBlocks(
    followed,
    headers.filter(({ number }) => number >= first),
  );
  const last = headers.at(-1);
  if (last && toBlock === cursor.blockNumber)
    await step.chain.moveCursor(followed, { ...cursor, blockHash: last.hash });
}
