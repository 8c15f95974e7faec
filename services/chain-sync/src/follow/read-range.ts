import type { ChainLog } from "@vigia/database";
import type { Profile } from "../profile/profile.ts";
import type { Header, RawLog } from "../rpc/block.ts";
import { RpcError } from "../rpc/error.ts";
import type { Followed } from "./followed.ts";
import type { RangeSize } from "./range-size.ts";
import { StaleReadError } from "./stale-read.ts";

/** A range with more logs than this makes the next one smaller: what one step holds in memory has a limit. */
const MANY_LOGS = 5_000;

/** A range of blocks with the contract's logs in them, proven to be of one chain of headers. */
export interface BlockRange {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly headers: readonly Header[];
  readonly logs: readonly ChainLog[];
}

/**
 * Reads the range that begins at `fromBlock`, as long as the endpoint allows and `lastBlock` at the most. Throws
 * `StaleReadError` where the blocks do not follow from `parentHash`, or from each other: a fork.
 */
export async function readRange(
  followed: Followed,
  { fromBlock, lastBlock, parentHash }: { fromBlock: number; lastBlock: number; parentHash: string | null },
  signal: AbortSignal,
): Promise<BlockRange> {
  const { ranges } = followed;
  for (;;) {
    const toBlock = Math.min(lastBlock, fromBlock + ranges.blocks - 1);
    try {
      const [headers, logs] = await Promise.all([
        followed.reader.headers(numbersBetween(fromBlock, toBlock), signal),
        followed.reader.logs({ address: followed.contract, fromBlock, toBlock }, signal),
      ]);
      proveChain(headers, parentHash);
      const decoded = decodeLogs(followed.profile, logs, headers);
      if (logs.length > MANY_LOGS) ranges.shrink();
      else if (toBlock < lastBlock) ranges.grow();
      return { fromBlock, toBlock, headers, logs: decoded };
    } catch (error) {
      if (signal.aborted || !(error instanceof RpcError) || !isTooMuch(error, ranges)) throw error;
    }
  }
}

/** A smaller range is worth trying: at once where the endpoint objected, at the next run where it did not answer. */
function isTooMuch({ problem }: RpcError, ranges: RangeSize): boolean {
  if (problem === "behind" || problem === "untrue") return false;
  return ranges.shrink() && (problem === "range" || problem === "refused");
}

function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function proveChain(headers: readonly Header[], parentHash: string | null): void {
  let parent = parentHash;
  for (const header of headers) {
    if (parent !== null && header.parentHash !== parent) {
      throw new StaleReadError(`block ${header.number} does not follow from the block before it: the chain has forked`);
    }
    parent = header.hash;
  }
}

function decodeLogs(profile: Profile, logs: readonly RawLog[], headers: readonly Header[]): ChainLog[] {
  const first = headers[0]?.number ?? 0;
  return logs.map((log) => {
    const header = headers[log.blockNumber - first];
    if (header?.hash !== log.blockHash) {
      throw new StaleReadError(`a log of block ${log.blockNumber} is of another block than its header`);
    }
    const { blockNumber, blockHash, logIndex, transactionHash } = log;
    return { blockNumber, blockHash, logIndex, transactionHash, minedAt: header.minedAt, ...profile.decode(log) };
  });
}
