import { chain, readings } from "@vigia/database";
import type { TaskContext } from "@vigia/runtime";
import type { Followed } from "./followed.ts";
import { readRange } from "./read-range.ts";
import { lookAgainWhereStale } from "./stale-read.ts";
import { watchedBefore } from "./watched.ts";

type Context = Pick<TaskContext, "step" | "database" | "signal" | "log">;

/**
 * Reads each block that was followed once more, by its receipts and from another endpoint where there is one, and keeps the logs that the record does not have. The
 * record itself is left as it is: a resync repairs it, and says so. Begins no range after `endMs` (milliseconds since
 * 1970) but the first: the next run goes on from there. Returns how many logs were missing.
 */
export async function auditBlocks(context: Context, followed: Followed, endMs: number): Promise<number> {
  // What is followed meanwhile is left to the next run: a fast chain would never let this one end.
  const lastBlock = (await chain(context.database).cursor(followed))?.blockNumber ?? -1;
  let missing = 0;
  for (;;) {
    const found = await lookAgainWhereStale(context.log, () => auditRange(context, followed, lastBlock));
    if (found === undefined) break;
    missing += found;
    if (Date.now() >= endMs) {
      context.log.info({ contract: followed.contract }, "not all blocks were read a second time; the next run goes on");
      break;
    }
  }
  return missing;
}

/** Gives how many logs of the next range were missing; `undefined` where there is no next one to read now. */
async function auditRange(context: Context, followed: Followed, end: number): Promise<number | undefined> {
  const { database, signal, log } = context;
  const cursor = await chain(database).cursor(followed);
  const fromBlock = Math.max((await readings(database).auditedBlock(followed)) + 1, followed.startBlock);
  const lastBlock = Math.min(cursor?.blockNumber ?? -1, end);
  if (lastBlock < fromBlock) return undefined;
  const watched = await watchedBefore(database, followed, fromBlock);
  const request = { fromBlock, lastBlock, watched, parentHash: null, thorough: true, again: true };
  const { toBlock, headers, logs } = await readRange(followed, request, signal);
  return context.step(async (step) => {
    const held = await step.chain.lockCursor(followed, followed.startBlock);
    const hashes = new Map(headers.map(({ number, hash }) => [number, hash]));
    const remembered = await step.chain.blocks(followed, fromBlock, toBlock);
    if (held.blockNumber < toBlock || remembered.some(({ number, hash }) => hashes.get(number) !== hash)) {
      log.info({ fromBlock, toBlock }, "the chain has forked since these blocks were followed; they are read later");
      return undefined;
    }
    const missing = await step.readings.keepMissing(followed, logs);
    await step.readings.noteAudited(followed, toBlock);
    if (missing > 0) log.error({ fromBlock, toBlock, missing }, "the record lacks logs that the receipts hold");
    return missing;
  });
}
