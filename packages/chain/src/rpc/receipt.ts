import { fieldsOf, HASH, HEX, type Header, type RawLog, readHex, readLog, readQuantity } from "./block.ts";
import { RpcError } from "./error.ts";
import { receiptsRootOf } from "./receipts-root.ts";

/** A transaction's receipt, as far as its block's header binds it. */
export interface Receipt {
  readonly type: number;
  /** The status, or the state root that stood in its place before Byzantium; as it is hashed. */
  readonly outcome: string;
  readonly cumulativeGasUsed: string;
  readonly logsBloom: string;
  readonly logs: readonly RawLog[];
}

/**
 * Reads a block's receipts and proves that they are all, unchanged: those of the block that the header names, in their
 * order, their logs numbered without a gap, and (`byRoot`) hashing to the header's receipts root.
 */
export function readReceipts(answer: unknown, header: Header, byRoot: boolean): RawLog[] {
  if (!Array.isArray(answer)) {
    throw new RpcError("behind", `the node does not have the receipts of block ${header.number}`, {
      untruth: "receipts",
    });
  }
  const receipts = answer.map((each, index) => readReceipt(fieldsOf(each, "a receipt"), index, header));
  const logs = receipts.flatMap((receipt) => receipt.logs);
  logs.forEach((log, index) => {
    const isNext = log.logIndex === index && log.blockNumber === header.number && log.blockHash === header.hash;
    if (!isNext) throw untrue(`log ${log.logIndex} in the receipts of block ${header.number} is not its log ${index}`);
  });
  if (byRoot && receiptsRootOf(receipts) !== header.receiptsRoot) {
    throw untrue(
      `the receipts of block ${header.number} are not those that its header names; if this is so at every endpoint, ` +
        `the chain has receipts of its own kind: set CHAIN_RECEIPTS_ROOT=false`,
    );
  }
  return logs;
}

function readReceipt(fields: Record<string, unknown>, index: number, header: Header): Receipt {
  const what = `receipt ${index} of block ${header.number}`;
  const hash = readHex(fields.blockHash, HASH, `the block hash of ${what}`);
  if (hash !== header.hash) throw new RpcError("forked", `${what} is of another block than its header`);
  if (readQuantity(fields.transactionIndex, `the index of ${what}`) !== index)
    throw untrue(`${what} is not in its place`);
  if (!Array.isArray(fields.logs)) throw untrue(`${what} has no list of logs`);
  return {
    type: fields.type === undefined || fields.type === null ? 0 : readQuantity(fields.type, `the type of ${what}`),
    outcome: outcomeOf(fields, what),
    cumulativeGasUsed: readHex(fields.cumulativeGasUsed, HEX, `the gas of ${what}`),
    logsBloom: readHex(fields.logsBloom, HEX, `the bloom of ${what}`),
    logs: fields.logs.map((each) => readLog(fieldsOf(each, `a log of ${what}`))),
  };
}

function outcomeOf(fields: Record<string, unknown>, what: string): string {
  if (typeof fields.root === "string" && HASH.test(fields.root)) return fields.root;
  return readQuantity(fields.status, `the status of ${what}`) === 1 ? "0x01" : "0x";
}

function untrue(message: string): RpcError {
  return new RpcError("untrue", message, { untruth: "receipts" });
}
