import { RpcError, type Untruth } from "./error.ts";
import { headerHashOf } from "./header-hash.ts";

export interface Header {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly minedAt: Date;
  /** What the block's logs are tested against; `undefined` where the node gives none. Lower-case hex. */
  readonly logsBloom?: string | undefined;
  readonly receiptsRoot?: string | undefined;
}

/** A log as the node gave it, checked, its numbers read. Hex is lower case. */
export interface RawLog {
  readonly address: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly logIndex: number;
  readonly transactionHash: string;
  readonly topics: readonly string[];
  readonly data: string;
}

export interface LogRange {
  /** Lower case; at least one. */
  readonly addresses: readonly string[];
  readonly fromBlock: number;
  readonly toBlock: number;
}

export const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
export const HASH = /^0x[0-9a-fA-F]{64}$/;
export const HEX = /^0x[0-9a-fA-F]*$/;
const BLOOM = /^0x[0-9a-fA-F]{512}$/;
const QUANTITY = /^0x[0-9a-fA-F]{1,13}$/;

/**
 * Reads a header, or `undefined` where the node does not have the block. With `byHash`, its fields must hash to its hash:
 * then nothing of it, its bloom filter and its receipts root included, can be other than the chain's.
 */
export function readHeader(answer: unknown, byHash: boolean, expectedNumber?: number): Header | undefined {
  if (answer === null || answer === undefined) return undefined;
  const block = fieldsOf(answer, "a block");
  const number = readQuantity(block.number, "the number of a block");
  if (expectedNumber !== undefined && number !== expectedNumber) {
    throw new RpcError("untrue", `asked for block ${expectedNumber}, the node gave block ${number}`, {
      untruth: "other_block",
    });
  }
  const hash = readHex(block.hash, HASH, `the hash of block ${number}`);
  if (byHash && headerHashOf(block) !== hash) {
    throw untrue(
      "header_hash",
      `the header of block ${number} does not hash to the hash that it is given with; if this is so at every endpoint, ` +
        `the chain has headers of its own kind: set CHAIN_HEADER_HASH=false`,
    );
  }
  return {
    number,
    hash,
    parentHash: readHex(block.parentHash, HASH, `the parent hash of block ${number}`),
    minedAt: new Date(readQuantity(block.timestamp, `the time of block ${number}`) * 1_000),
    logsBloom: block.logsBloom ? readHex(block.logsBloom, BLOOM, `the bloom of block ${number}`) : undefined,
    receiptsRoot: block.receiptsRoot
      ? readHex(block.receiptsRoot, HASH, `the receipts root of block ${number}`)
      : undefined,
  };
}

/** Reads logs and checks that they are what was asked for: address, range, order, none twice, none removed. */
export function readLogs(answer: unknown, { addresses, fromBlock, toBlock }: LogRange): RawLog[] {
  const expected = new Set(addresses);
  if (!Array.isArray(answer)) throw new RpcError("untrue", "the answer to eth_getLogs is not a list");
  let last: RawLog | undefined;
  return answer.map((each) => {
    const fields = fieldsOf(each, "a log");
    const log = readLog(fields);
    const where = `log ${log.logIndex} of block ${log.blockNumber}`;
    if (!expected.has(log.address)) {
      throw untrue("foreign_log", `${where} is of another contract, ${log.address}`);
    }
    if (fields.removed === true) throw untrue("removed_log", `${where} is of a block that was removed`);
    if (log.blockNumber < fromBlock || log.blockNumber > toBlock) {
      throw untrue("outside_range", `${where} lies outside the blocks ${fromBlock} to ${toBlock} that were asked for`);
    }
    if (last && !isBefore(last, log)) throw untrue("disorder", `${where} comes twice or out of order`);
    last = log;
    return log;
  });
}

export function readQuantity(value: unknown, what: string): number {
  return Number.parseInt(readHex(value, QUANTITY, what), 16);
}

export function readBytes(value: unknown, what: string): string {
  return readHex(value, HEX, what);
}

export function toQuantity(value: number): string {
  return `0x${value.toString(16)}`;
}

export function readLog(fields: Record<string, unknown>): RawLog {
  const topics = fields.topics;
  if (!Array.isArray(topics)) throw new RpcError("untrue", "a log has no list of topics");
  return {
    address: readHex(fields.address, ADDRESS, "the address of a log"),
    blockNumber: readQuantity(fields.blockNumber, "the block number of a log"),
    blockHash: readHex(fields.blockHash, HASH, "the block hash of a log"),
    logIndex: readQuantity(fields.logIndex, "the index of a log"),
    transactionHash: readHex(fields.transactionHash, HASH, "the transaction hash of a log"),
    topics: topics.map((topic) => readHex(topic, HASH, "a topic of a log")),
    data: readHex(fields.data, HEX, "the data of a log"),
  };
}

function untrue(untruth: Untruth, message: string): RpcError {
  return new RpcError("untrue", message, { untruth });
}

export function isBefore(one: RawLog, other: RawLog): boolean {
  if (one.blockNumber !== other.blockNumber) return one.blockNumber < other.blockNumber;
  return one.logIndex < other.logIndex;
}

export function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new RpcError("untrue", `${what} in an answer is not an object`);
}

export function readHex(value: unknown, pattern: RegExp, what: string): string {
  if (typeof value === "string" && pattern.test(value)) return value.toLowerCase();
  throw new RpcError("untrue", `${what} is not what it must be: ${JSON.stringify(value)?.slice(0, 80)}`);
}
