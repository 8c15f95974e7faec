import {
  type Header,
  type LogRange,
  type RawLog,
  readBytes,
  readHeader,
  readLogs,
  readQuantity,
  toQuantity,
} from "./block.ts";
import type { RpcClient, RpcRequest } from "./client.ts";
import { RpcError } from "./error.ts";
import { readReceipts } from "./receipt.ts";

/** The chain as it is just now. */
export interface Survey {
  readonly chainId: number;
  readonly head: Header;
  /** The header at the block that was asked about; `undefined` where the node does not have it. */
  readonly at: Header | undefined;
}

/** A block by number and hash: what is read there is of one state of the chain. */
export interface PinnedBlock {
  readonly number: number;
  readonly hash: string;
}

/** The questions that following a contract asks of a node. What a node answers is checked before it is believed. */
export interface ChainReader {
  /** In one exchange. `at` is a block number. */
  survey(at: number, signal?: AbortSignal): Promise<Survey>;
  hasCode(address: string, signal?: AbortSignal): Promise<boolean>;
  /** Each block's header; throws where the node lacks one. */
  headers(numbers: readonly number[], signal?: AbortSignal): Promise<Header[]>;
  logs(range: LogRange, signal?: AbortSignal): Promise<RawLog[]>;
  /**
   * A contract's logs in each of these blocks, from the receipts of all their transactions, which are proven to be those
   * that the block's header names (`byRoot`; without, no more than numbered without a gap).
   */
  receiptLogs(
    headers: readonly Header[],
    address: string,
    options: { readonly byRoot: boolean },
    signal?: AbortSignal,
  ): Promise<RawLog[][]>;
  /** What a view function returns for each of these call data, all at one block. */
  call(address: string, data: readonly string[], at: PinnedBlock, signal?: AbortSignal): Promise<string[]>;
}

/** Blocks whose receipts are asked for in one exchange: those of a busy block are megabytes. */
const RECEIPT_BLOCKS = 8;

export function createChainReader(client: RpcClient): ChainReader {
  let pinsByHash = true;
  let givesBlockReceipts = true;

  async function receiptsOf(headers: readonly Header[], signal?: AbortSignal): Promise<unknown[]> {
    const together = () =>
      client.ask(
        headers.map(({ number }) => request("eth_getBlockReceipts", toQuantity(number))),
        signal,
      );
    if (!givesBlockReceipts) return singleReceipts(client, headers, signal);
    try {
      return await together();
    } catch (error) {
      if (!(error instanceof RpcError) || error.problem !== "refused") throw error;
      const receipts = await singleReceipts(client, headers, signal);
      // The node has the receipts, but not the method.
      givesBlockReceipts = false;
      return receipts;
    }
  }

  const reader: ChainReader = {
    async survey(at, signal) {
      const requests = [request("eth_chainId"), headerRequest("latest"), headerRequest(Math.max(at, 0))];
      const [chainId, latest, there] = await client.ask(requests, signal);
      const head = readHeader(latest);
      if (!head) throw nullBlock("latest");
      const header = readHeader(there, Math.max(at, 0));
      if (!header && at <= head.number) throw nullBlock(at);
      return { chainId: readQuantity(chainId, "the chain id"), head, at: header };
    },
    async hasCode(address, signal) {
      const [code] = await client.ask([request("eth_getCode", address, "latest")], signal);
      return readBytes(code, "the code of a contract").length > 2;
    },
    async headers(numbers, signal) {
      const answers = await client.ask(numbers.map(headerRequest), signal);
      return numbers.map((number, index) => {
        const header = readHeader(answers[index], number);
        if (!header) throw nullBlock(number);
        return header;
      });
    },
    async logs(range, signal) {
      const filter = {
        address: range.address,
        fromBlock: toQuantity(range.fromBlock),
        toBlock: toQuantity(range.toBlock),
      };
      const [logs, head] = await client.ask([request("eth_getLogs", filter), request("eth_blockNumber")], signal);
      // A node that is behind the range answers with fewer logs, or with none, and no error.
      const headNumber = readQuantity(head, "the head's number");
      if (headNumber < range.toBlock) {
        throw new RpcError("behind", `the node is at block ${headNumber}, the range ends at ${range.toBlock}`, {
          untruth: "stale_head",
        });
      }
      return readLogs(logs, range);
    },
    async receiptLogs(headers, address, { byRoot }, signal) {
      const found: RawLog[][] = [];
      for (let start = 0; start < headers.length; start += RECEIPT_BLOCKS) {
        const some = headers.slice(start, start + RECEIPT_BLOCKS);
        const answers = await receiptsOf(some, signal);
        found.push(
          ...some.map((header, index) =>
            readReceipts(answers[index], header, byRoot).filter((log) => log.address === address),
          ),
        );
      }
      return found;
    },
    async call(address, data, at, signal) {
      const callAt = async (block: unknown): Promise<string[]> => {
        const requests = data.map((each) => request("eth_call", { to: address, data: each }, block));
        return (await client.ask(requests, signal)).map((result) => readBytes(result, "the result of a call"));
      };
      if (pinsByHash) {
        try {
          return await callAt({ blockHash: at.hash });
        } catch (error) {
          if (!(error instanceof RpcError) || error.problem !== "refused") throw error;
        }
      }
      const results = await callAt(toQuantity(at.number));
      const [header] = await reader.headers([at.number], signal);
      if (header?.hash !== at.hash) throw new RpcError("behind", `block ${at.number} was replaced while it was read`);
      // The node can do it by number alone (EIP-1898 is younger than some nodes).
      pinsByHash = false;
      return results;
    },
  };
  return reader;
}

/** For nodes without `eth_getBlockReceipts`: each transaction's receipt by its hash. */
async function singleReceipts(
  client: RpcClient,
  headers: readonly Header[],
  signal?: AbortSignal,
): Promise<unknown[][]> {
  const blocks = await client.ask(
    headers.map(({ hash }) => request("eth_getBlockByHash", hash, false)),
    signal,
  );
  const hashes = blocks.map((block, index) => {
    const transactions = (block as { transactions?: unknown } | null)?.transactions;
    if (!Array.isArray(transactions)) throw nullBlock(headers[index]?.number ?? "latest");
    return transactions;
  });
  const receipts = await client.ask(
    hashes.flat().map((hash) => request("eth_getTransactionReceipt", hash)),
    signal,
  );
  return hashes.map(({ length }) => receipts.splice(0, length));
}

function nullBlock(number: number | "latest"): RpcError {
  return new RpcError("behind", `the node does not have block ${number}`, { untruth: "null_block" });
}

function request(method: string, ...params: unknown[]): RpcRequest {
  return { method, params };
}

function headerRequest(block: number | "latest"): RpcRequest {
  return request("eth_getBlockByNumber", block === "latest" ? block : toQuantity(block), false);
}
