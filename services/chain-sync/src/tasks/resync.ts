import { type ChainBlock, type ChainCursor, chain } from "@vigia/database";
import { resyncProgressed } from "@vigia/messages";
import { CommandRejectedError, defineTask, type Step, type Task, type TaskContext } from "@vigia/runtime";
import { z } from "zod";
import { type Followed, REORG_WINDOW_BLOCKS } from "../follow/followed.ts";
import { type BlockRange, readRange } from "../follow/read-range.ts";
import { recompute } from "../follow/recompute.ts";
import { lookAgainWhereStale, StaleReadError } from "../follow/stale-read.ts";

type Context = TaskContext<"chain-sync.resync">;

const checkpoint = z.object({
  fromBlock: z.int(),
  toBlock: z.int(),
  nextBlock: z.int(),
  logs: z.int(),
  escrowsChanged: z.int(),
});
type Progress = z.infer<typeof checkpoint>;

/**
 * Reads a range of blocks again and rebuilds what follows from it. The live sync goes on meanwhile: the blocks after
 * the cursor are its own. It also repairs a record that a deep fork left behind.
 */
export function resync(followed: Followed): Task {
  return defineTask("chain-sync.resync", async (context) => {
    let progress =
      context.resumeFrom === undefined ? await plan(context, followed) : checkpoint.parse(context.resumeFrom);
    while (progress.nextBlock <= progress.toBlock) {
      const before = progress;
      progress = await lookAgainWhereStale(context.log, () => reread(context, followed, before));
      context.processed(progress.logs - before.logs);
    }
    const { fromBlock, toBlock, logs, escrowsChanged } = progress;
    return { fromBlock, toBlock, logs, escrowsChanged };
  });
}

async function plan({ command, database, signal, log }: Context, followed: Followed): Promise<Progress> {
  if (command.chainId !== undefined && command.chainId !== followed.chainId) {
    throw new CommandRejectedError(
      `chainId: chain ${command.chainId} is not followed here, chain ${followed.chainId} is`,
    );
  }
  const { head } = await followed.endpoints.survey({ number: 0, hash: null }, signal);
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
  log.info({ fromBlock, toBlock, reason: command.reason }, "reading blocks again");
  return { fromBlock, toBlock, nextBlock: fromBlock, logs: 0, escrowsChanged: 0 };
}

async function reread(context: Context, followed: Followed, progress: Progress): Promise<Progress> {
  const { nextBlock: fromBlock, toBlock: lastBlock } = progress;
  const remembered = await chain(context.database).blocks(followed, fromBlock, lastBlock);
  // It takes away what it does not find: nothing less than proof will do.
  // And it must follow from what is on record before it: else it would take over the head of a fork that begins below,
  // and the sync would never see it.
  const [before] = await chain(context.database).blocks(followed, fromBlock - 1, fromBlock - 1);
  const request = { fromBlock, lastBlock, parentHash: before?.hash ?? null, thorough: true };
  const range = await readRange(followed, request, context.signal);
  return context.step(async (step) => {
    const cursor = await step.chain.lockCursor(followed, followed.startBlock);
    await proveUnmoved(step, followed, range, remembered, cursor);
    const escrowsChanged = await rebuild(step, followed, range);
    await rememberBlocks(step, followed, range, cursor);
    const next: Progress = {
      ...progress,
      nextBlock: range.toBlock + 1,
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
        toBlock: progress.toBlock,
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

/** Corrects the range's logs, and every escrow that has one, or whose row says that it began or changed there. */
async function rebuild(step: Step, followed: Followed, { fromBlock, toBlock, logs }: BlockRange): Promise<number> {
  const change = await step.chain.replaceLogs(followed, fromBlock, toBlock, logs);
  const built = await step.escrows.within(followed, fromBlock, toBlock);
  const told = logs.flatMap(({ escrowId }) => escrowId ?? []);
  return recompute(step, followed, [...new Set([...change.escrowIds, ...built, ...told])], { source: "event" });
}

async function rememberBlocks(
  step: Step,
  followed: Followed,
  { headers, toBlock }: BlockRange,
  cursor: ChainCursor,
): Promise<void> {
  const oldest = cursor.blockNumber - REORG_WINDOW_BLOCKS;
  await step.chain.recordBlocks(
    followed,
    headers.filter(({ number }) => number > oldest),
  );
  const last = headers.at(-1);
  if (last && toBlock === cursor.blockNumber)
    await step.chain.moveCursor(followed, { ...cursor, blockHash: last.hash });
}
