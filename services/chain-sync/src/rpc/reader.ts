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
  /** What a view function returns for each of these call data, all at one block. */
  call(address: string, data: readonly string[], at: PinnedBlock, signal?: AbortSignal): Promise<string[]>;
}

export function createChainReader(client: RpcClient): ChainReader {
  let pinsByHash = true;

  const reader: ChainReader = {
    async survey(at, signal) {
      const requests = [request("eth_chainId"), headerRequest("latest"), headerRequest(Math.max(at, 0))];
      const [chainId, latest, there] = await client.ask(requests, signal);
      const head = readHeader(latest);
      if (!head) throw new RpcError("behind", "the node has no latest block");
      return { chainId: readQuantity(chainId, "the chain id"), head, at: readHeader(there, Math.max(at, 0)) };
    },
    async hasCode(address, signal) {
      const [code] = await client.ask([request("eth_getCode", address, "latest")], signal);
      return readBytes(code, "the code of a contract").length > 2;
    },
    async headers(numbers, signal) {
      const answers = await client.ask(numbers.map(headerRequest), signal);
      return numbers.map((number, index) => {
        const header = readHeader(answers[index], number);
        if (!header) throw new RpcError("behind", `the node does not have block ${number}`);
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
        throw new RpcError("behind", `the node is at block ${headNumber}, the range ends at ${range.toBlock}`);
      }
      return readLogs(logs, range);
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

function request(method: string, ...params: unknown[]): RpcRequest {
  return { method, params };
}

function headerRequest(block: number | "latest"): RpcRequest {
  return request("eth_getBlockByNumber", block === "latest" ? block : toQuantity(block), false);
}
