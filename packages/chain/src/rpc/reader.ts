import {
  type Header,
  isBefore,
  type LogRange,
  type RawLog,
  readBytes,
  readHeader,
  readLogs,
  readQuantity,
  toQuantity,
} from "./block.ts";
import type { RpcClient, RpcRequest } from "./client.ts";
import type { ContractFilter } from "./contract-filter.ts";
import { RpcError } from "./error.ts";
import { readReceipts } from "./receipt.ts";
import { createStateReader, type ReadState } from "./state-reader.ts";

/** The chain as it is just now. */
export interface Survey {
  readonly chainId: number;
  readonly head: Header;
  /** The header at the block that was asked about; `undefined` where the node does not have it. */
  readonly at: Header | undefined;
  /** The last block that the node calls final; `undefined` where it knows of none, or nothing of finality. */
  readonly finalized: Header | undefined;
}

/** The questions that following a contract asks of a node. What a node answers is checked before it is believed. */
export interface ChainReader {
  /** In one exchange. `at` is a block number. */
  survey(at: number, signal?: AbortSignal): Promise<Survey>;
  chainId(signal?: AbortSignal): Promise<number>;
  hasCode(address: string, signal?: AbortSignal): Promise<boolean>;
  /** Each block's header; throws where the node lacks one. */
  headers(numbers: readonly number[], signal?: AbortSignal): Promise<Header[]>;
  logs(range: LogRange, signal?: AbortSignal): Promise<RawLog[]>;
  /**
   * The contracts' logs in each of these blocks, from the receipts of all their transactions, which are proven to be those
   * that the block's header names (`byRoot`; without, no more than numbered without a gap).
   */
  receiptLogs(
    headers: readonly Header[],
    filter: Pick<ContractFilter, "has">,
    options: { readonly byRoot: boolean },
    signal?: AbortSignal,
  ): Promise<RawLog[][]>;
  readonly state: ReadState;
}

/** Blocks whose receipts are asked for in one exchange: those of a busy block are megabytes. */
const RECEIPT_BLOCKS = 8;

export interface ChainReaderOptions {
  /** Whether headers hash to their hash, and are refused where they do not. */
  readonly headerHash?: boolean;
  /** Whether the node is asked for the block that it calls `finalized`. */
  readonly finalizedTag?: boolean;
}

export function createChainReader(
  client: RpcClient,
  { headerHash = false, finalizedTag = false }: ChainReaderOptions = {},
): ChainReader {
  let givesFinalized = true;
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
      const tag = finalizedTag && givesFinalized ? [{ ...headerRequest("finalized"), mayFail: true }] : [];
      const requests = [request("eth_chainId"), headerRequest("latest"), headerRequest(Math.max(at, 0)), ...tag];
      const [chainId, latest, there, final] = await client.askEach(requests, signal);
      const failed = [chainId, latest, there].find((answer) => answer instanceof RpcError);
      if (failed) throw failed;
      if (final instanceof RpcError && final.problem === "refused") givesFinalized = false;
      const head = readHeader(latest, headerHash);
      if (!head) throw nullBlock("latest");
      const header = readHeader(there, headerHash, Math.max(at, 0));
      if (!header && at <= head.number) throw nullBlock(at);
      const finalized = final instanceof RpcError ? undefined : readHeader(final, headerHash);
      return { chainId: readQuantity(chainId, "the chain id"), head, at: header, finalized };
    },
    async chainId(signal) {
      const [answer] = await client.ask([request("eth_chainId")], signal);
      return readQuantity(answer, "the chain id");
    },
    async hasCode(address, signal) {
      const [code] = await client.ask([request("eth_getCode", address, "latest")], signal);
      return readBytes(code, "the code of a contract").length > 2;
    },
    async headers(numbers, signal) {
      const answers = await client.ask(numbers.map(headerRequest), signal);
      return numbers.map((number, index) => {
        const header = readHeader(answers[index], headerHash, number);
        if (!header) throw nullBlock(number);
        return header;
      });
    },
    async logs(range, signal) {
      const filters = logFilters(range).map((filter) => request("eth_getLogs", filter));
      const answers = await client.ask([...filters, request("eth_blockNumber")], signal);
      // A node that is behind the range answers with fewer logs, or with none, and no error.
      const headNumber = readQuantity(answers.pop(), "the head's number");
      if (headNumber < range.toBlock) {
        throw new RpcError("behind", `the node is at block ${headNumber}, the range ends at ${range.toBlock}`, {
          untruth: "stale_head",
        });
      }
      const [first = [], ...rest] = answers.map((answer) => readLogs(answer, range));
      return rest.length === 0
        ? first
        : [first, ...rest].flat().toSorted((one, other) => (isBefore(one, other) ? -1 : 1));
    },
    async receiptLogs(headers, filter, { byRoot }, signal) {
      const found: RawLog[][] = [];
      for (let start = 0; start < headers.length; start += RECEIPT_BLOCKS) {
        const some = headers.slice(start, start + RECEIPT_BLOCKS);
        const answers = await receiptsOf(some, signal);
        found.push(
          ...some.map((header, index) =>
            readReceipts(answers[index], header, byRoot).filter((log) => filter.has(log.address)),
          ),
        );
      }
      return found;
    },
    state: createStateReader(client, async (number, signal) => (await reader.headers([number], signal))[0]?.hash),
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

/** Nodes and providers take no more addresses than so many in one filter. */
const FILTER_ADDRESSES = 500;

function logFilters({ addresses, fromBlock, toBlock }: LogRange): object[] {
  const range = { fromBlock: toQuantity(fromBlock), toBlock: toQuantity(toBlock) };
  const filters: object[] = [];
  for (let start = 0; start < addresses.length; start += FILTER_ADDRESSES) {
    const some = addresses.slice(start, start + FILTER_ADDRESSES);
    filters.push({ address: some.length === 1 ? some[0] : some, ...range });
  }
  return filters;
}

function nullBlock(number: number | "latest"): RpcError {
  return new RpcError("behind", `the node does not have block ${number}`, { untruth: "null_block" });
}

function request(method: string, ...params: unknown[]): RpcRequest {
  return { method, params };
}

function headerRequest(block: number | "latest" | "finalized"): RpcRequest {
  return request("eth_getBlockByNumber", typeof block === "string" ? block : toQuantity(block), false);
}
