import type { ChainLog } from "@vigia/database";
import { OWN_CONTRACT } from "../profile/document.ts";
import { announcedIn } from "../profile/link.ts";
import type { Profile } from "../profile/profile.ts";
import type { LogRange, RawLog } from "../rpc/block.ts";
import { RpcError } from "../rpc/error.ts";
import { createRangeSize } from "../rpc/range-size.ts";
import type { ChainReader } from "../rpc/reader.ts";

export interface GatherRequest {
  readonly profile: Profile;
  /** Lower case. */
  readonly contract: string;
  readonly fromBlock: number;
  readonly toBlock: number;
  /** No more than about so many logs: what is gathered is held in memory. */
  readonly mostLogs: number;
  readonly onProgress?: (doneBlock: number, logs: number) => void;
}

export interface Gathered {
  /** Decoded, in the order of the chain; without the times of their blocks. */
  readonly logs: readonly ChainLog[];
  /** The last block that was read: less than asked for where there are too many logs. */
  readonly toBlock: number;
  /** Which of the profile's contracts each address is. */
  readonly kinds: ReadonlyMap<string, string>;
}

/** Reads the logs of a profile's contracts, to look at them: what the endpoint leaves out is not found. */
export async function gatherLogs(
  reader: Pick<ChainReader, "logs">,
  { profile, contract, fromBlock, toBlock, mostLogs, onProgress }: GatherRequest,
  signal: AbortSignal,
): Promise<Gathered> {
  const ranges = createRangeSize();
  const kinds = new Map([...profile.places, [contract, OWN_CONTRACT]]);
  const gathered: ChainLog[] = [];
  let next = fromBlock;
  while (next <= toBlock && gathered.length < mostLogs) {
    const range = { fromBlock: next, toBlock: Math.min(toBlock, next + ranges.blocks - 1) };
    const logs = await readWhole(reader, profile, kinds, range, signal).catch((error: unknown) => {
      if (!isTooMuch(error) || !ranges.shrink(range.toBlock - next + 1)) throw error;
    });
    if (!logs) continue;
    gathered.push(...logs);
    ranges.fit(range.toBlock - next + 1, logs.length);
    next = range.toBlock + 1;
    onProgress?.(range.toBlock, gathered.length);
  }
  return { logs: gathered, toBlock: next - 1, kinds };
}

function isTooMuch(error: unknown): boolean {
  return error instanceof RpcError && (error.problem === "range" || error.problem === "refused");
}

/** The range's logs, also those of the contracts that are announced in it; `kinds` learns of them. */
async function readWhole(
  reader: Pick<ChainReader, "logs">,
  profile: Profile,
  kinds: Map<string, string>,
  { fromBlock, toBlock }: Pick<LogRange, "fromBlock" | "toBlock">,
  signal: AbortSignal,
): Promise<ChainLog[]> {
  const known = new Map(kinds);
  const read = async (addresses: readonly string[], from: number) =>
    (await reader.logs({ addresses, fromBlock: from, toBlock }, signal)).map((log) => decodeLog(profile, known, log));
  let logs = await read([...known.keys()], fromBlock);
  let found = announcedIn(profile, known, logs);
  while (found.size > 0) {
    const announced = found;
    for (const [address, { kind }] of announced) known.set(address, kind);
    const first = Math.min(...[...announced.values()].map(({ blockNumber }) => blockNumber));
    const more = (await read([...announced.keys()], first)).filter(
      ({ address, blockNumber }) => blockNumber >= (announced.get(address)?.blockNumber ?? 0),
    );
    logs = [...logs, ...more];
    found = announcedIn(profile, known, more);
  }
  for (const [address, kind] of known) kinds.set(address, kind);
  return logs.toSorted((one, other) => one.blockNumber - other.blockNumber || one.logIndex - other.logIndex);
}

function decodeLog(profile: Profile, kinds: ReadonlyMap<string, string>, log: RawLog): ChainLog {
  const { blockNumber, blockHash, logIndex, transactionHash } = log;
  const decoded = profile.decode(log, kinds.get(log.address) ?? OWN_CONTRACT);
  return { blockNumber, blockHash, logIndex, transactionHash, minedAt: new Date(0), ...decoded };
}
