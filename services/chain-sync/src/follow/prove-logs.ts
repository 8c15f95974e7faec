import { type ContractFilter, type Endpoint, type Header, type RawLog, RpcError } from "@vigia/chain";
import type { Followed, Proofs } from "./followed.ts";

/** Up to so many blocks of a range that may hold a log are read by their receipts, whatever was given of them. */
const FEW_BLOCKS = 20;

export interface Given {
  readonly filter: ContractFilter;
  readonly headers: readonly Header[];
  /** What the endpoint gave for these blocks; `undefined` where it could not give them. */
  readonly logs: readonly RawLog[] | undefined;
  /** Whether each block that may hold a log is read by its receipts, however many there are. */
  readonly thorough: boolean;
}

/**
 * Proves that the logs are all that these blocks hold of the contracts, and returns them. A block's bloom filter says
 * which it cannot lack; whatever it cannot tell is read again from the block's receipts, which its header binds. Throws
 * `RpcError` where the endpoint cannot prove it: nothing of the range may be used then.
 */
export async function proveLogs(
  endpoint: Endpoint,
  followed: Followed,
  { filter, headers, logs, thorough }: Given,
  signal: AbortSignal,
): Promise<RawLog[]> {
  const byBlock = groupByBlock(headers, logs ?? []);
  const suspects = logs ? suspectsAmong(followed.proofs, filter, headers, byBlock, thorough) : headers;
  const options = { byRoot: followed.proofs.receiptsRoot };
  const proven = await endpoint.reader.receiptLogs(suspects, filter, options, signal);
  suspects.forEach(({ number }, index) => {
    const given = byBlock.get(number) ?? [];
    const actual = proven[index] ?? [];
    if (logs) reportDifference(endpoint, number, given, actual);
    byBlock.set(number, actual);
  });
  return headers.flatMap(({ number }) => byBlock.get(number) ?? []);
}

function groupByBlock(headers: readonly Header[], logs: readonly RawLog[]): Map<number, RawLog[]> {
  const first = headers[0]?.number ?? 0;
  const groups = new Map<number, RawLog[]>();
  for (const log of logs) {
    const { blockNumber } = log;
    if (headers[blockNumber - first]?.hash !== log.blockHash) {
      throw new RpcError("forked", `a log of block ${blockNumber} is of another block than its header`, {
        untruth: "other_block_hash",
      });
    }
    const group = groups.get(blockNumber);
    if (group) group.push(log);
    else groups.set(blockNumber, [log]);
  }
  return groups;
}

/** The blocks of which the bloom filter cannot say that nothing is missing. */
function suspectsAmong(
  proofs: Proofs,
  filter: ContractFilter,
  headers: readonly Header[],
  byBlock: ReadonlyMap<number, readonly RawLog[]>,
  thorough: boolean,
): readonly Header[] {
  if (!proofs.bloom) return thorough || headers.length <= FEW_BLOCKS ? headers : [];
  const possible = headers.filter((header) => {
    const mayHold = filter.mayHold(bloomOf(header));
    if (!mayHold && byBlock.has(header.number)) throw bloomError(`block ${header.number} has a log`);
    return mayHold;
  });
  if (thorough) return possible;
  const likely = possible.map((header) => ({ header, topics: filter.topicsIn(bloomOf(header)) }));
  const told = likely.filter(({ header, topics }) => topics.length > 0 || byBlock.has(header.number));
  const suspects =
    told.length <= FEW_BLOCKS
      ? told
      : told.filter(({ header, topics }) => {
          const given = new Set(byBlock.get(header.number)?.map((log) => log.topics[0]));
          return topics.some((topic) => !given.has(topic));
        });
  return suspects.map(({ header }) => header);
}

function bloomOf({ logsBloom, number }: Header): string {
  if (logsBloom === undefined) throw bloomError(`block ${number} has none`);
  return logsBloom;
}

function bloomError(what: string): RpcError {
  return new RpcError(
    "untrue",
    `${what}, and the bloom filter of its header does not say so; if this is so at every endpoint, the chain has no ` +
      `bloom filters: set CHAIN_LOGS_BLOOM=false`,
    { untruth: "bloom" },
  );
}

function reportDifference(
  endpoint: Endpoint,
  block: number,
  given: readonly RawLog[],
  proven: readonly RawLog[],
): void {
  const places = new Map(given.map((log) => [log.logIndex, textOf(log)]));
  const missing = proven.filter((log) => !places.has(log.logIndex)).length;
  if (missing > 0) endpoint.report("missing_log", `${missing} logs of block ${block} were left out`);
  const real = new Map(proven.map((log) => [log.logIndex, textOf(log)]));
  const invented = given.filter((log) => real.get(log.logIndex) !== textOf(log)).length;
  if (invented > 0) endpoint.report("invented_log", `${invented} logs of block ${block} are not in its receipts`);
}

function textOf({ address, transactionHash, topics, data }: RawLog): string {
  return [address, transactionHash, ...topics, data].join();
}
