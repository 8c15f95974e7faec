import {
  announcedIn,
  createContractFilter,
  type Endpoint,
  type Header,
  OWN_CONTRACT,
  type Profile,
  type RangeSize,
  type RawLog,
  RpcError,
} from "@vigia/chain";
import type { ChainLog } from "@vigia/database";
import type { Followed } from "./followed.ts";
import { proveAnchored } from "./prove-anchor.ts";
import { proveLogs } from "./prove-logs.ts";
import { StaleReadError } from "./stale-read.ts";
import { type Watched, watchAlso } from "./watched.ts";

/** A range of blocks with the contracts' logs in them, proven complete and of one chain of headers. */
export interface BlockRange {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly headers: readonly Header[];
  readonly logs: readonly ChainLog[];
  /** What was watched when the range was begun, and what is from the next block on. */
  readonly watchedBefore: Watched;
  readonly watched: Watched;
}

export interface RangeRequest {
  readonly fromBlock: number;
  readonly lastBlock: number;
  /** What was announced before the first block included. */
  readonly watched: Watched;
  /** The hash of the block before, where it is known. */
  readonly parentHash: string | null;
  /** Whether each block that may hold a log is read by its receipts. */
  readonly thorough?: boolean;
  /** Whether the blocks were read before: from another endpoint than the first, where one can. */
  readonly again?: boolean;
}

/**
 * Reads the range that begins at `fromBlock`, as long as an endpoint allows and `lastBlock` at the most, from the first
 * endpoint that can prove what it gives. Throws `StaleReadError` where the blocks do not follow from `parentHash`, or
 * from each other, at every endpoint: a fork.
 */
export async function readRange(followed: Followed, request: RangeRequest, signal: AbortSignal): Promise<BlockRange> {
  const { endpoints } = followed;
  const read = (endpoint: Endpoint) => readFrom(endpoint, followed, request, signal);
  try {
    const second = request.again ? await endpoints.besides(undefined, read, signal) : undefined;
    return second ?? (await endpoints.attempt(read, signal));
  } catch (error) {
    if (error instanceof RpcError && error.problem === "forked") throw new StaleReadError(error.message);
    throw error;
  }
}

async function readFrom(
  endpoint: Endpoint,
  followed: Followed,
  { fromBlock, lastBlock, watched, parentHash, thorough = false }: RangeRequest,
  signal: AbortSignal,
): Promise<BlockRange> {
  const { reader, ranges } = endpoint;
  // One block that is too much for the endpoint is read by its receipts.
  let byReceipts = false;
  for (;;) {
    const toBlock: number = byReceipts ? fromBlock : Math.min(lastBlock, fromBlock + ranges.blocks - 1);
    try {
      const range = { addresses: watched.filter.addresses, fromBlock, toBlock };
      const [headers, given] = await Promise.all([
        reader.headers(numbersBetween(fromBlock, toBlock), signal),
        byReceipts ? undefined : reader.logs(range, signal),
      ]);
      proveChain(headers, parentHash);
      if (parentHash === null) await proveAnchored(endpoint, followed, headers.at(-1), signal);
      const { filter, kinds } = watched;
      const proven = await proveLogs(endpoint, followed, { filter, headers, logs: given, thorough }, signal);
      const read = { headers, logs: decodeLogs(followed.profile, kinds, proven, headers), watched };
      const { logs, watched: next } = followed.profile.announces
        ? await readAnnounced(endpoint, followed, read, { thorough, byReceipts }, signal)
        : read;
      if (!byReceipts) ranges.fit(headers.length, logs.length);
      return { fromBlock, toBlock, headers, logs, watchedBefore: watched, watched: next };
    } catch (error) {
      if (signal.aborted || !(error instanceof RpcError) || byReceipts) throw error;
      byReceipts = error.problem === "range" && toBlock === fromBlock;
      if (!byReceipts && !isTooMuch(error, ranges, toBlock - fromBlock + 1)) throw error;
    }
  }
}

/** A smaller range is worth trying: at once where the endpoint objected, at the next run where it did not answer. */
function isTooMuch({ problem, blockLimit }: RpcError, ranges: RangeSize, asked: number): boolean {
  if (problem === "behind" || problem === "untrue" || problem === "forked" || problem === "busy") return false;
  if (blockLimit !== undefined && blockLimit < asked) {
    ranges.limitTo(blockLimit);
    return true;
  }
  return ranges.shrink(asked) && (problem === "range" || problem === "refused");
}

function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function proveChain(headers: readonly Header[], parentHash: string | null): void {
  let parent = parentHash;
  for (const header of headers) {
    if (parent !== null && header.parentHash !== parent) {
      throw new RpcError(
        "forked",
        `block ${header.number} does not follow from the block before it: the chain has forked`,
      );
    }
    parent = header.hash;
  }
}

type Read = Pick<BlockRange, "headers" | "logs" | "watched">;

/**
 * Reads what the contracts that were announced within the range did in it, from the block of their announcement on:
 * what they told in its transaction came before it. They may announce contracts of their own.
 */
export async function readAnnounced(
  endpoint: Endpoint,
  followed: Followed,
  { headers, logs, watched }: Read,
  { thorough, byReceipts }: { readonly thorough: boolean; readonly byReceipts: boolean },
  signal: AbortSignal,
): Promise<Read> {
  const announced = announcedIn(followed.profile, watched.kinds, logs);
  const found = new Map([...announced].filter(([address]) => !followed.elsewhere.has(address)));
  const last = headers.at(-1);
  if (found.size === 0 || !last) return { headers, logs, watched };
  const kinds = new Map([...found].map(([address, { kind }]) => [address, kind]));
  const next = watchAlso(followed, watched, kinds);
  const fromBlock = Math.min(...[...found.values()].map(({ blockNumber }) => blockNumber));
  const blocks = headers.filter(({ number }) => number >= fromBlock);
  const filter = createContractFilter([...found.keys()], followed.profile.topics);
  const range = { addresses: filter.addresses, fromBlock, toBlock: last.number };
  const given = byReceipts ? undefined : await endpoint.reader.logs(range, signal);
  const proven = await proveLogs(endpoint, followed, { filter, headers: blocks, logs: given, thorough }, signal);
  const fresh = proven.filter(({ address, blockNumber }) => blockNumber >= (found.get(address)?.blockNumber ?? 0));
  const more = { headers, logs: decodeLogs(followed.profile, kinds, fresh, headers), watched: next };
  const rest = await readAnnounced(endpoint, followed, more, { thorough, byReceipts }, signal);
  return { ...rest, logs: [...logs, ...rest.logs].toSorted(byPlace) };
}

function byPlace(one: ChainLog, other: ChainLog): number {
  return one.blockNumber - other.blockNumber || one.logIndex - other.logIndex;
}

function decodeLogs(
  profile: Profile,
  kinds: ReadonlyMap<string, string>,
  logs: readonly RawLog[],
  headers: readonly Header[],
): ChainLog[] {
  const first = headers[0]?.number ?? 0;
  return logs.map((log) => {
    const { blockNumber, blockHash, logIndex, transactionHash, address } = log;
    const header = headers[blockNumber - first];
    if (!header) throw new Error(`a log of block ${blockNumber} is outside its range`);
    const { event, escrowId, linkKey, arguments: values } = profile.decode(log, kinds.get(address) ?? OWN_CONTRACT);
    const place = { blockNumber, blockHash, logIndex, transactionHash, minedAt: header.minedAt };
    return { ...place, address, event, escrowId, linkKey, arguments: values };
  });
}
